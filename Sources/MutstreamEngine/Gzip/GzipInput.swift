/// What a gzip stream (RFC 1952) holds: all its members, each checked against its checksum and length.
///
/// Bytes before a fault are given out before the fault is thrown. Memory is bounded whatever the stream says.
package final class GzipInput: ByteInput {
    /// The first bytes of every member.
    package static let magic: [UInt8] = [0x1F, 0x8B]

    private enum State {
        case header
        case blocks
        case trailer
        case ended
    }

    private let name: String
    private let inflater: Inflater
    private var state = State.header
    private var members = 0
    private var checksum: UInt32 = 0
    private var length: UInt32 = 0
    private var failure: InflateFault?

    /// - Parameters:
    ///   - name: what messages call the stream.
    ///   - inputBytes: how much is read at once.
    package init(_ input: any ByteInput, name: String, inputBytes: Int = 65_536) {
        self.name = name
        inflater = Inflater(input, inputBytes: inputBytes)
    }

    package func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
        while true {
            let count = inflater.drain(into: target)
            if count > 0 { return count }
            if let failure { throw error(of: failure) }
            if state == .ended { return 0 }
            do {
                try advance()
            } catch {
                failure = error
            }
        }
    }

    /// Does something of what the state asks for.
    private func advance() throws(InflateFault) {
        switch state {
        case .header:
            guard try findMember() else { return state = .ended }
            try readHeader()
            members += 1
            checksum = 0
            length = 0
            inflater.startMember()
            state = .blocks
        case .blocks:
            defer {
                let fresh = inflater.fresh
                checksum = CRC32.update(checksum, fresh)
                length &+= UInt32(truncatingIfNeeded: fresh.count)
            }
            if try inflater.produce() { state = .trailer }
        case .trailer:
            inflater.alignToByte()
            guard try inflater.bits(32) == UInt64(checksum) else {
                throw .corrupt("its checksum does not agree with its content")
            }
            guard try inflater.bits(32) == UInt64(length) else {
                throw .corrupt("its length does not agree with its content")
            }
            state = .header
        case .ended: break
        }
    }

    /// Steps over zeros that pad the last member. False: the stream ends here.
    private func findMember() throws(InflateFault) -> Bool {
        while true {
            guard try inflater.hasMore() else {
                if members == 0 { throw .truncated }
                return false
            }
            let byte = UInt8(truncatingIfNeeded: try inflater.bits(8))
            if byte == GzipInput.magic[0], UInt8(truncatingIfNeeded: try inflater.bits(8)) == GzipInput.magic[1] {
                return true
            }
            if members == 0 { throw .corrupt("it does not begin as gzip does") }
            if byte != 0 { throw .corrupt("after its end follows something else") }
        }
    }

    /// Reads past the header, the two first bytes of which were read.
    private func readHeader() throws(InflateFault) {
        var header = CRC32.update(0, GzipInput.magic.withUnsafeBytes { $0 })
        func byte() throws(InflateFault) -> UInt8 {
            let byte = UInt8(truncatingIfNeeded: try inflater.bits(8))
            header = withUnsafeBytes(of: byte) { CRC32.update(header, $0) }
            return byte
        }
        guard try byte() == 8 else { throw .corrupt("its method of compression is not DEFLATE") }
        let flags = try byte()
        if flags & 0b1110_0000 != 0 { throw .corrupt("its header has flags that no standard knows") }
        // Time, level and system.
        for _ in 0..<6 { _ = try byte() }
        if flags & 0b0100 != 0 {
            let extra = Int(try byte()) | Int(try byte()) << 8
            for _ in 0..<extra { _ = try byte() }
        }
        if flags & 0b1000 != 0 { while try byte() != 0 {} }
        if flags & 0b1_0000 != 0 { while try byte() != 0 {} }
        if flags & 0b0010 != 0, try inflater.bits(16) != UInt64(header & 0xFFFF) {
            throw .corrupt("the checksum of its header does not agree")
        }
    }

    private func error(of fault: InflateFault) -> ConnectorError {
        switch fault {
        case .truncated:
            ConnectorError(
                "\(name): the gzip data ends too soon, after \(inflater.bytesRead) bytes",
                hint: "the file is cut off; the rows before the cut were read", option: "path")
        case .corrupt(let reason):
            ConnectorError(
                "\(name): the gzip data is damaged near byte \(inflater.bytesRead): \(reason)",
                hint: "the rows before the damage were read; `gzip -t` checks a file", option: "path")
        case .input(let error): error
        }
    }
}
