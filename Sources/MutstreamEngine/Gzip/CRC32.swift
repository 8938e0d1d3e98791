/// The checksum of gzip (RFC 1952, section 8), eight bytes a round by eight tables.
enum CRC32 {
    /// Table 0 is that of the RFC; table *k* advances a byte past *k* zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 != 0 ? 0xEDB8_8320 ^ remainder >> 1 : remainder >> 1 }
            tables[byte] = remainder
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 0xFF)] ^ before >> 8
        }
        return tables
    }()

    /// The checksum of what `checksum` is of, followed by `bytes`. That of no bytes is 0.
    static func update(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let start = bytes.baseAddress else { return checksum }
        return tables.withUnsafeBufferPointer { tables in
            let table = tables.baseAddress.unsafelyUnwrapped
            var crc = ~checksum
            var offset = 0
            while offset &+ 8 <= bytes.count {
                let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ crc
                let high = UInt32(truncatingIfNeeded: word >> 32)
                let first = table[1792 &+ Int(low & 0xFF)] ^ table[1536 &+ Int(low >> 8 & 0xFF)]
                let second = table[1280 &+ Int(low >> 16 & 0xFF)] ^ table[1024 &+ Int(low >> 24)]
                let third = table[768 &+ Int(high & 0xFF)] ^ table[512 &+ Int(high >> 8 & 0xFF)]
                let fourth = table[256 &+ Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
                crc = first ^ second ^ third ^ fourth
                offset &+= 8
            }
            while offset < bytes.count {
                let byte = start.load(fromByteOffset: offset, as: UInt8.self)
                crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8
                offset &+= 1
            }
            return ~crc
        }
    }
}
