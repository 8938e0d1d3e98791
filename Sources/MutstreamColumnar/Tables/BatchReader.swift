/// One column of a batch as raw pointers: reading a value takes no retain, release or existential.
///
/// Valid while the ``BatchReader`` that made it is bound to the batch.
@frozen
package struct ColumnReader {
    package let physical: DataType.Physical
    @usableFromInline let values: UnsafeRawPointer
    @usableFromInline let validity: UnsafePointer<UInt64>?
    @usableFromInline let bases: UnsafePointer<UnsafeRawPointer>?

    @inlinable
    init(
        _ physical: DataType.Physical, _ values: UnsafeRawPointer, _ validity: UnsafePointer<UInt64>?,
        _ bases: UnsafePointer<UnsafeRawPointer>?
    ) {
        self.physical = physical
        self.values = values
        self.validity = validity
        self.bases = bases
    }

    @inlinable @inline(__always)
    package func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return validity[row &>> 6] &>> UInt64(row & 63) & 1 == 0
    }

    @inlinable package var hasNulls: Bool { validity != nil }

    /// The value at a row, whose Swift type is the one of `physical`.
    @inlinable @inline(__always)
    package func load<T: BitwiseCopyable>(_ row: Int, as type: T.Type) -> T {
        values.load(fromByteOffset: row &* MemoryLayout<T>.stride, as: T.self)
    }

    /// The UTF-8 bytes of a text.
    @inlinable @inline(__always)
    package func text(_ row: Int) -> UnsafeRawBufferPointer {
        let at = values + row &* 16
        let length = Int(at.load(as: UInt32.self))
        if length <= TextView.inlineBytesMax { return UnsafeRawBufferPointer(start: at + 4, count: length) }
        let base = bases.unsafelyUnwrapped[Int(at.load(fromByteOffset: 8, as: UInt32.self))]
        return UnsafeRawBufferPointer(start: base + Int(at.load(fromByteOffset: 12, as: UInt32.self)), count: length)
    }
}

/// Reads rows of a batch across its columns. Bound to one batch at a time and kept by an operator for reuse.
///
/// The pointers are those of the column's arrays: array storage does not move while a reference is held and nobody
/// mutates it, and the reader holds the columns until it is bound anew or ``unbind()`` is called.
package final class BatchReader {
    /// Where the columns are, behind a pointer: stored in the class, each read would pay for a check of exclusive access.
    @usableFromInline let state: UnsafeMutablePointer<UnsafeMutablePointer<ColumnReader>>
    private var columnCapacity = 8
    private var bases: UnsafeMutablePointer<UnsafeRawPointer>
    private var baseCapacity = 8
    private var held: [Column] = []
    package private(set) var count = 0
    package private(set) var columnCount = 0

    package init() {
        state = .allocate(capacity: 1)
        state.initialize(to: .allocate(capacity: columnCapacity))
        bases = .allocate(capacity: baseCapacity)
    }

    package convenience init(_ batch: Batch) {
        self.init()
        bind(batch)
    }

    deinit {
        state.pointee.deallocate()
        state.deallocate()
        bases.deallocate()
    }

    @inlinable @inline(__always)
    package subscript(column: Int) -> ColumnReader { state.pointee[column] }

    package func bind(_ batch: Batch) { bind(batch.columns, count: batch.count) }

    package func bind(_ all: [Column], count: Int) {
        held = all
        self.count = count
        columnCount = all.count
        reserve(all)
        var baseCount = 0
        for (index, column) in all.enumerated() {
            let validity = column.validity?.words.withUnsafeBufferPointer { $0.baseAddress }
            let values: UnsafeRawPointer
            var firstBase: UnsafePointer<UnsafeRawPointer>?
            switch column.values {
            case .bool(let own): values = BatchReader.storage(own)
            case .int64(let own): values = BatchReader.storage(own)
            case .double(let own): values = BatchReader.storage(own)
            case .decimal(let own): values = BatchReader.storage(own)
            case .interval(let own): values = BatchReader.storage(own)
            case .text(let own):
                values = BatchReader.storage(own.views)
                firstBase = UnsafePointer(bases + baseCount)
                for buffer in own.buffers {
                    bases[baseCount] = UnsafeRawPointer(buffer.base)
                    baseCount += 1
                }
            }
            state.pointee[index] = ColumnReader(column.physical, values, validity, firstBase)
        }
    }

    /// Lets the batch go, so that its buffers can be freed.
    package func unbind() {
        held = []
        count = 0
        columnCount = 0
    }

    private func reserve(_ all: [Column]) {
        if all.count > columnCapacity {
            state.pointee.deallocate()
            columnCapacity = all.count
            state.pointee = .allocate(capacity: columnCapacity)
        }
        var needed = 0
        for column in all { if case .text(let text) = column.values { needed += text.buffers.count } }
        if needed > baseCapacity {
            bases.deallocate()
            baseCapacity = needed * 2
            bases = .allocate(capacity: baseCapacity)
        }
    }

    private static func storage<T: BitwiseCopyable>(_ values: [T]) -> UnsafeRawPointer {
        values.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped) }
    }
}
