import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What tells a file that grows from the one that takes its place, by name, by number or by being emptied and filled anew: its
/// number in the file system and its first bytes.
final class FileIdentity {
    /// Bytes at the beginning that are looked at.
    private static let headBytes = 64

    private let descriptor: Int32
    private let number: UInt64
    /// Of the first bytes, as many as there were.
    private var head: [UInt8] = []

    /// - Parameter descriptor: of the open file; its owner closes it.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        number = fstat(descriptor, &status) == 0 ? UInt64(truncatingIfNeeded: status.st_ino) : 0
    }

    /// The identity as far as the bytes before an offset tell it, so that what is added later does not change it.
    func part(before offset: Int64) -> Int64 {
        let count = Int(min(max(offset, 0), Int64(FileIdentity.headBytes)))
        if head.count < count {
            head = [UInt8](repeating: 0, count: FileIdentity.headBytes)
            head.removeLast(head.count - max(pread(descriptor, &head, head.count, 0), 0))
        }
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in head.prefix(count) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: hash ^ number &* 0x9E37_79B9_7F4A_7C15)
    }

    /// Whether a position was taken in this file, as it is.
    func holds(_ position: SourcePosition) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, position.offset <= Int64(status.st_size) else { return false }
        return part(before: position.offset) == position.part
    }
}
