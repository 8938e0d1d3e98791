/// A piece of a file with its check sum: how the log keeps steps, and a checkpoint its parts.
///
/// ```
/// | "MFR1": 4 | length: 4 | number: 8 | mark: 8 | check sum: 8 | payload: length |      numbers are little-endian
/// ```
/// The check sum is XXH64 of the payload, seeded by XXH64 of the 24 bytes before it.
package struct Frame: Sendable, Hashable {
    package static let headerBytes = 32
    /// A longer payload is not believed.
    package static let payloadBytesMax = 1 << 30
    static let magic: UInt32 = 0x3152_464D

    package var number: Int64
    package var mark: Int64
    package var payload: [UInt8]

    /// The header of a frame with this payload.
    static func header(number: Int64, mark: Int64, _ payload: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes)
        bytes.append(little: magic)
        bytes.append(little: UInt32(truncatingIfNeeded: payload.count))
        bytes.append(little: number)
        bytes.append(little: mark)
        let sum = bytes.withUnsafeBytes { XXHash.hash(payload, seed: XXHash.hash($0)) }
        bytes.append(little: sum)
        return bytes
    }

    /// What a header says, if it may be one.
    struct Header {
        var length: Int
        var number: Int64
        var mark: Int64
        var sum: UInt64

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count == Frame.headerBytes else { return nil }
            let fields = bytes.withUnsafeBytes { raw in
                (
                    UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt32.self)),
                    UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                    Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: Int64.self)),
                    Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 16, as: Int64.self)),
                    UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
                )
            }
            guard fields.0 == Frame.magic, fields.1 <= Frame.payloadBytesMax else { return nil }
            (length, number, mark, sum) = (Int(fields.1), fields.2, fields.3, fields.4)
        }
    }

    /// The frame at an offset; nil: there is none that is whole and sound.
    package static func read(_ file: any StoredFile, at offset: Int) throws(StorageError) -> Frame? {
        guard let head = try file.bytes(at: offset, count: headerBytes), let header = Header(head[...]) else { return nil }
        // The length is not believed before the file is known to be as long.
        guard offset + headerBytes + header.length <= (try file.size()),
            let payload = try file.bytes(at: offset + headerBytes, count: header.length)
        else { return nil }
        let seed = head.withUnsafeBytes { XXHash.hash(UnsafeRawBufferPointer(rebasing: $0[..<24])) }
        guard payload.withUnsafeBytes({ XXHash.hash($0, seed: seed) }) == header.sum else { return nil }
        return Frame(number: header.number, mark: header.mark, payload: payload)
    }

    /// The first sound frame that begins at or after an offset: what follows damage.
    package static func search(_ file: any StoredFile, from offset: Int) throws(StorageError) -> (offset: Int, frame: Frame)?
    {
        let block = 1 << 20
        var start = offset
        let size = try file.size()
        while start < size {
            guard let bytes = try file.bytes(at: start, count: min(block + 3, size - start)) else { return nil }
            var at = 0
            while at + 4 <= bytes.count {
                if bytes[at] == 0x4D, bytes[at + 1] == 0x46, bytes[at + 2] == 0x52, bytes[at + 3] == 0x31,
                    let frame = try read(file, at: start + at)
                {
                    return (start + at, frame)
                }
                at += 1
            }
            start += block
        }
        return nil
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
