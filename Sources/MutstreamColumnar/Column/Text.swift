#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A block of bytes that many text columns may refer to. Filled once, then never changed.
///
/// ``padding`` bytes past the capacity may be read (what they hold is unspecified), so scanners take whole words.
///
/// `@unchecked Sendable`: its filler is its only owner until it is published inside a column; after that it is read only.
package final class SharedBytes: @unchecked Sendable {
    package static let padding = 64

    package let base: UnsafeMutableRawPointer
    package let capacity: Int
    /// Bytes filled so far.
    package var count: Int

    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        base = .allocate(byteCount: self.capacity + SharedBytes.padding, alignment: 16)
        count = 0
    }

    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        if let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
        count = bytes.count
    }

    deinit { base.deallocate() }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}

/// One text value in 16 bytes: up to 12 bytes lie inside, longer ones in a buffer of the column.
///
/// ```
/// | length: 4 | inline bytes: 12                                   |
/// | length: 4 | first 4 bytes: 4 | buffer index: 4 | offset: 4     |
/// ```
@frozen
package struct TextView: Sendable, BitwiseCopyable {
    package var length: UInt32
    package var prefix: UInt32
    package var low: UInt32
    package var high: UInt32

    package static let inlineBytesMax = 12

    @inlinable
    package init() {
        length = 0
        prefix = 0
        low = 0
        high = 0
    }

    /// Refers to `bytes`, which lie at `offset` of the column's buffer number `buffer`, or holds them if they are few.
    /// Unused inline bytes are 0, so equal short texts have equal views.
    @inlinable @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer, buffer: UInt32, offset: UInt32) {
        self.init()
        length = UInt32(truncatingIfNeeded: bytes.count)
        guard let source = bytes.baseAddress else { return }
        if bytes.count <= TextView.inlineBytesMax {
            withUnsafeMutableBytes(of: &self) {
                $0.baseAddress.unsafelyUnwrapped.advanced(by: 4).copyMemory(from: source, byteCount: bytes.count)
            }
        } else {
            prefix = source.loadUnaligned(as: UInt32.self)
            low = buffer
            high = offset
        }
    }

    @inlinable package var isInline: Bool { length <= 12 }
}

/// The values of a text column: views, and the buffers that the long ones refer to.
package struct TextValues: Sendable {
    package var views: [TextView]
    package var buffers: [SharedBytes]

    package init(views: [TextView], buffers: [SharedBytes]) {
        self.views = views
        self.buffers = buffers
    }

    /// Reads without retain or release a row. The reader must not leave the closure.
    @inlinable @inline(__always)
    package func withReader<Result, Failure: Error>(
        _ body: (TextReader) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if buffers.count == 1 {
            let base = UnsafeRawPointer(buffers[0].base)
            let result: Swift.Result<Result, Failure> = withUnsafePointer(to: base) { bases in
                views.withUnsafeBufferPointer { views in
                    Swift.Result { () throws(Failure) in try body(TextReader(views: views, bases: bases)) }
                }
            }
            _fixLifetime(self)
            return try result.get()
        }
        let bases = buffers.map { UnsafeRawPointer($0.base) }
        let result: Swift.Result<Result, Failure> = bases.withUnsafeBufferPointer { bases in
            views.withUnsafeBufferPointer { views in
                Swift.Result { () throws(Failure) in try body(TextReader(views: views, bases: bases.baseAddress)) }
            }
        }
        _fixLifetime(self)
        return try result.get()
    }
}

/// Reads text values by row; see ``TextValues/withReader(_:)``.
@frozen
package struct TextReader {
    @usableFromInline let views: UnsafeBufferPointer<TextView>
    @usableFromInline let bases: UnsafePointer<UnsafeRawPointer>?

    @inlinable
    init(views: UnsafeBufferPointer<TextView>, bases: UnsafePointer<UnsafeRawPointer>?) {
        self.views = views
        self.bases = bases
    }

    /// The UTF-8 bytes of a row, valid while the reader is.
    @inlinable @inline(__always)
    package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        precondition(row >= 0 && row < views.count, "row outside the column")
        let view = views.baseAddress.unsafelyUnwrapped + row
        let length = Int(view.pointee.length)
        if length <= TextView.inlineBytesMax {
            return UnsafeRawBufferPointer(start: UnsafeRawPointer(view).advanced(by: 4), count: length)
        }
        let base = bases.unsafelyUnwrapped[Int(view.pointee.low)]
        return UnsafeRawBufferPointer(start: base.advanced(by: Int(view.pointee.high)), count: length)
    }

    /// Whether a row has the same text as that row of another column: mostly the views alone tell.
    @inlinable @inline(__always)
    package func isEqual(_ row: Int, _ other: TextReader) -> Bool {
        precondition(row >= 0 && row < views.count && row < other.views.count, "row outside the column")
        let lhs = UnsafeRawPointer(views.baseAddress.unsafelyUnwrapped + row)
        let rhs = UnsafeRawPointer(other.views.baseAddress.unsafelyUnwrapped + row)
        // The length and the first four bytes.
        if lhs.load(as: UInt64.self) != rhs.load(as: UInt64.self) { return false }
        if lhs.load(as: UInt32.self) <= 12 {
            return lhs.load(fromByteOffset: 8, as: UInt64.self) == rhs.load(fromByteOffset: 8, as: UInt64.self)
        }
        return haveSameBytes(row, other)
    }

    @usableFromInline
    func haveSameBytes(_ row: Int, _ other: TextReader) -> Bool {
        let (lhs, rhs) = (bytes(row), other.bytes(row))
        guard let left = lhs.baseAddress, let right = rhs.baseAddress else { return lhs.count == rhs.count }
        return lhs.count == rhs.count && memcmp(left, right, lhs.count) == 0
    }

    package func string(_ row: Int) -> String { String(decoding: bytes(row), as: UTF8.self) }

    @inlinable package var count: Int { views.count }
}
