/// The hash of encoded keys: the same number for the same bytes in every process and on every machine.
///
/// Eight bytes at a time are multiplied to 128 bits and folded. The bytes after the key, up to the next multiple of
/// eight, are read and masked away, so they must be readable memory (tables and encoders keep a slack for it).
@frozen
package enum MixHash {
    @usableFromInline static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
    @usableFromInline static let second: UInt64 = 0xD6E8_FEB8_6659_FD93

    /// Bytes that must be readable behind each key.
    package static let slackBytes = 16

    @inlinable @inline(__always)
    package static func fold(_ lhs: UInt64, _ rhs: UInt64) -> UInt64 {
        let product = lhs.multipliedFullWidth(by: rhs)
        return product.high ^ product.low
    }

    /// The hash of one key of exactly eight bytes, equal to ``hash(_:_:)`` of these bytes.
    @inlinable @inline(__always)
    package static func hash(word: UInt64) -> UInt64 {
        fold(fold(word ^ (first &+ 8), second) &+ word, first)
    }

    @inlinable @inline(__always)
    package static func hash(_ base: UnsafeRawPointer, _ length: Int) -> UInt64 {
        var state = first &+ UInt64(truncatingIfNeeded: length)
        var offset = 0
        var last: UInt64 = 0
        while offset &+ 8 <= length {
            last = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // The word is added after the fold: a factor of zero then cannot swallow it.
            state = fold(state ^ last, second) &+ last
            offset &+= 8
        }
        if offset < length {
            let mask: UInt64 = (1 << UInt64((length &- offset) &* 8)) &- 1
            last = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & mask
            state = fold(state ^ last, second) &+ last
        }
        return fold(state, first)
    }
}

/// One encoded key: its bytes, with ``MixHash/slackBytes`` of readable memory behind them, and their hash.
@frozen
package struct KeyView {
    package let base: UnsafeRawPointer
    package let length: Int
    package let hash: UInt64

    @inlinable @inline(__always)
    package init(base: UnsafeRawPointer, length: Int, hash: UInt64) {
        self.base = base
        self.length = length
        self.hash = hash
    }
}
