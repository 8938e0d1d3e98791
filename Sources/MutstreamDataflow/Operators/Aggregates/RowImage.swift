import MutstreamColumnar

/// How an argument lies in the image of a row.
enum ValueKind: UInt8 {
    /// `count(*)`: no value.
    case none
    case int64, double, decimal, interval
    /// BOOLEAN as 0 or 1 in eight bytes.
    case bool
    /// A reference into a ``ByteHeap`` and a length.
    case text

    init(_ physical: DataType.Physical) {
        switch physical {
        case .bool: self = .bool
        case .int64: self = .int64
        case .double: self = .double
        case .decimal: self = .decimal
        case .interval: self = .interval
        case .text: self = .text
        }
    }

    var size: Int {
        switch self {
        case .none: 0
        case .int64, .double, .bool, .text: 8
        case .decimal, .interval: 16
        }
    }
}

/// A text kept in a heap.
struct TextReference {
    var reference: UInt32
    var length: UInt32
}

/// One distinct argument of a list of aggregates.
struct ArgumentPlan {
    /// -1: `count(*)`.
    let column: Int
    /// -1: no filter.
    let filter: Int
    let kind: ValueKind
    let bit: UInt64
    /// Bytes from the start of the image.
    let offset: Int
    /// Whether the value itself is needed, not only whether there is one.
    var isStored: Bool
}

/// What of a row its aggregates need, as plain memory.
///
/// ```
/// | valid arguments: 8, one bit each | 8-byte values ... | 16-byte values ... |
/// ```
struct RowImage {
    let arguments: UnsafeMutablePointer<ArgumentPlan>
    let count: Int
    let size: Int
    /// Whether any argument is a text, which the image owns a copy of.
    let hasText: Bool

    init(_ wanted: [(column: Int, filter: Int, kind: ValueKind, isStored: Bool)]) {
        precondition(wanted.count <= 64, "at most 64 distinct arguments")
        count = wanted.count
        arguments = .allocate(capacity: max(count, 1))
        var offset = 8
        for pass in 0...1 {
            if pass == 1, wanted.contains(where: { $0.isStored && $0.kind.size == 16 }) { offset = (offset + 15) & ~15 }
            for (index, argument) in wanted.enumerated() {
                let size = argument.isStored ? argument.kind.size : 0
                guard (size == 16) == (pass == 1) else { continue }
                (arguments + index).initialize(
                    to: ArgumentPlan(
                        column: argument.column, filter: argument.filter, kind: argument.kind,
                        bit: 1 << UInt64(index), offset: offset, isStored: argument.isStored))
                offset += size
            }
        }
        size = offset
        hasText = wanted.contains { $0.isStored && $0.kind == .text }
    }

    /// Writes the image of a row. Texts are copied into `heap`.
    @inline(__always)
    func fill(_ image: UnsafeMutableRawPointer, _ row: Int, _ columns: UnsafePointer<ColumnReader>, _ heap: ByteHeap) {
        var valid: UInt64 = 0
        for index in 0..<count {
            let argument = arguments + index
            if argument.pointee.filter >= 0 {
                let filter = columns[argument.pointee.filter]
                if filter.isNull(row) || !filter.load(row, as: Bool.self) { continue }
            }
            if argument.pointee.column < 0 {
                valid |= argument.pointee.bit
                continue
            }
            let column = columns[argument.pointee.column]
            if column.isNull(row) { continue }
            valid |= argument.pointee.bit
            guard argument.pointee.isStored else { continue }
            let slot = image + argument.pointee.offset
            switch argument.pointee.kind {
            case .none: break
            case .int64, .double: slot.storeBytes(of: column.load(row, as: UInt64.self), as: UInt64.self)
            case .decimal: slot.storeBytes(of: column.load(row, as: Int128.self), as: Int128.self)
            case .interval: slot.storeBytes(of: column.load(row, as: Interval.self), as: Interval.self)
            case .bool: slot.storeBytes(of: column.load(row, as: Bool.self) ? 1 : 0, as: Int64.self)
            case .text: RowImage.keep(column.text(row), in: slot, heap)
            }
        }
        image.storeBytes(of: valid, as: UInt64.self)
    }

    @inline(never)
    private static func keep(_ bytes: UnsafeRawBufferPointer, in slot: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        var empty: UInt8 = 0
        let reference =
            if let base = bytes.baseAddress { heap.insert(base, bytes.count) } else { heap.insert(&empty, 0) }
        slot.storeBytes(
            of: TextReference(reference: reference, length: UInt32(truncatingIfNeeded: bytes.count)),
            as: TextReference.self)
    }

    /// Gives up the texts of an image.
    func release(_ image: UnsafeRawPointer, _ heap: ByteHeap) {
        guard hasText else { return }
        let valid = image.load(as: UInt64.self)
        for index in 0..<count {
            let argument = arguments[index]
            guard argument.isStored, argument.kind == .text, valid & argument.bit != 0 else { continue }
            let text = image.load(fromByteOffset: argument.offset, as: TextReference.self)
            heap.free(text.reference, Int(text.length))
        }
    }
}
