import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of an open file, pipe or terminal.
final class FileInput: ByteInput {
    let descriptor: Int32
    private let name: String
    private let ownsDescriptor: Bool
    private let wakeup: Wakeup?
    private let claim: FileClaim?

    /// - Parameters:
    ///   - name: what messages call it.
    ///   - claim: held as long as the input.
    ///   - ownsDescriptor: it is closed with this object.
    ///   - wakeup: ends reads that wait for a writer.
    init(descriptor: Int32, name: String, ownsDescriptor: Bool, wakeup: Wakeup?, claim: FileClaim? = nil) {
        self.claim = claim
        self.descriptor = descriptor
        self.name = name
        self.ownsDescriptor = ownsDescriptor
        self.wakeup = wakeup
    }

    deinit { if ownsDescriptor { System.close(descriptor) } }

    func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
        while true {
            if let wakeup, !System.waitReadable(descriptor, unless: wakeup.descriptor) { return 0 }
            if let count = System.read(descriptor, into: target) { return count }
            let code = errno
            if code == EAGAIN, wakeup != nil { continue }
            throw ConnectorError("cannot read \(name): \(System.message(code))")
        }
    }
}

/// Ends a read that waits, from another thread: a pipe that becomes readable.
final class Wakeup: Sendable {
    private let ends: (read: Int32, write: Int32)

    init?() {
        guard let ends = System.makePipe() else { return nil }
        self.ends = ends
    }

    deinit {
        System.close(ends.read)
        System.close(ends.write)
    }

    var descriptor: Int32 { ends.read }

    func wake() { withUnsafeBytes(of: UInt8(0)) { _ = System.writeAll(ends.write, $0) } }
}

/// Bytes that were read to look at them, then the rest.
final class RewoundInput: ByteInput {
    private var first: ArraySlice<UInt8>
    private let rest: any ByteInput

    init(_ first: [UInt8], then rest: any ByteInput) {
        self.first = first[...]
        self.rest = rest
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
        if first.isEmpty { return try rest.read(into: target) }
        let count = min(first.count, target.count)
        target.copyBytes(from: first.prefix(count))
        first = first.dropFirst(count)
        return count
    }
}

extension ByteInput {
    /// Reads over bytes; there may be fewer.
    func skip(_ count: Int64) throws(ConnectorError) {
        var rest = count
        var scratch = [UInt8](repeating: 0, count: 1 << 16)
        while rest > 0 {
            let wanted = Int(min(rest, Int64(scratch.count)))
            var found: Result<Int, ConnectorError> = .success(0)
            scratch.withUnsafeMutableBytes { bytes in
                do throws(ConnectorError) {
                    found = .success(try read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted])))
                } catch { found = .failure(error) }
            }
            let skipped = try found.get()
            if skipped == 0 { return }
            rest -= Int64(skipped)
        }
    }
}

/// How a file is compressed.
enum Compression: String, CaseIterable {
    case auto, none, gzip

    /// The bytes themselves, decompressed if this says so or, for `auto`, if they begin as gzip does.
    ///
    /// - Parameter offset: bytes to skip, of those that are given.
    func open(_ input: FileInput, name: String, from offset: Int64) throws(ConnectorError) -> any ByteInput {
        let plain = try open(input, name: name)
        if offset == 0 { return plain }
        // Compressed bytes have to be gone through.
        if !(plain is GzipInput), lseek(input.descriptor, off_t(offset), SEEK_SET) == off_t(offset) { return input }
        try plain.skip(offset)
        return plain
    }

    private func open(_ input: any ByteInput, name: String) throws(ConnectorError) -> any ByteInput {
        switch self {
        case .none: return input
        case .gzip: return GzipInput(input, name: name)
        case .auto:
            var first: [UInt8] = []
            while first.count < GzipInput.magic.count {
                var byte: UInt8 = 0
                let count = try withUnsafeMutableBytes(of: &byte) { bytes throws(ConnectorError) in
                    try input.read(into: bytes)
                }
                if count == 0 { break }
                first.append(byte)
            }
            let rewound = RewoundInput(first, then: input)
            return first == GzipInput.magic ? GzipInput(rewound, name: name) : rewound
        }
    }
}
