/// One column as row writers see it: bare pointers, so that writing a row neither retains nor checks.
struct CellReader {
    enum Kind: UInt8 {
        case bool, int64, real, double, decimal, uuid, text, date, time, timestamp, timestamptz, interval
        case bytes, json, composite
    }

    /// Bytes that any value but a text, and quotes around it, may take.
    static let fixedBytesMax = 64

    let kind: Kind
    let scale: Int
    /// The type of the column.
    let type: UnsafePointer<DataType>
    private let values: UnsafeRawPointer
    private let validity: UnsafePointer<UInt64>?
    private let bases: UnsafePointer<UnsafeRawPointer>?

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return validity[row >> 6] >> UInt64(truncatingIfNeeded: row & 63) & 1 == 0
    }

    @inline(__always)
    func value<T: BitwiseCopyable>(_ row: Int, _: T.Type) -> T {
        values.load(fromByteOffset: row &* MemoryLayout<T>.stride, as: T.self)
    }

    @inline(__always)
    func text(_ row: Int) -> UnsafeRawBufferPointer {
        let view = values + row &* MemoryLayout<TextView>.stride
        let length = Int(view.load(as: UInt32.self))
        if length <= TextView.inlineBytesMax { return UnsafeRawBufferPointer(start: view + 4, count: length) }
        let buffer = Int(view.load(fromByteOffset: 8, as: UInt32.self))
        let offset = Int(view.load(fromByteOffset: 12, as: UInt32.self))
        return UnsafeRawBufferPointer(start: bases.unsafelyUnwrapped[buffer] + offset, count: length)
    }

    /// Appends a value, which is not NULL, in PostgreSQL's form.
    func append(_ row: Int, to writer: ByteWriter) {
        switch kind {
        case .bool: TextCodec.append(bool: value(row, Bool.self), to: writer)
        case .int64: TextCodec.append(int64: value(row, Int64.self), to: writer)
        case .real: TextCodec.append(real: value(row, Double.self), to: writer)
        case .double: TextCodec.append(double: value(row, Double.self), to: writer)
        case .uuid: TextCodec.append(uuid: value(row, Int128.self), to: writer)
        case .decimal: TextCodec.append(decimal: value(row, Int128.self), scale: scale, to: writer)
        case .text, .json: writer.append(text(row))
        case .bytes: TextCodec.append(bytes: text(row), to: writer)
        case .composite: TextCodec.append(laidOut: text(row), type.pointee, to: writer)
        case .time: TextCodec.append(time: value(row, Int64.self), to: writer)
        case .timestamptz: TextCodec.append(timestamptz: value(row, Int64.self), to: writer)
        case .date: TextCodec.append(date: value(row, Int64.self), to: writer)
        case .timestamp: TextCodec.append(timestamp: value(row, Int64.self), to: writer)
        case .interval: TextCodec.append(interval: value(row, Interval.self), to: writer)
        }
    }

    /// Lends readers of all columns for the length of `body`.
    static func withCells(_ columns: [Column], _ types: [DataType], _ body: (UnsafeBufferPointer<CellReader>) -> Void) {
        types.withUnsafeBufferPointer { types in
            withUnsafeTemporaryAllocation(of: CellReader.self, capacity: columns.count) { cells in
                lend(columns, types, 0, cells, body)
            }
        }
    }

    /// Opens one column after the other, so that the memory of all is held at once.
    private static func lend(
        _ columns: [Column], _ types: UnsafeBufferPointer<DataType>, _ index: Int,
        _ cells: UnsafeMutableBufferPointer<CellReader>,
        _ body: (UnsafeBufferPointer<CellReader>) -> Void
    ) {
        if index == columns.count { return body(UnsafeBufferPointer(cells)) }
        let column = columns[index]
        func open(_ values: UnsafeRawBufferPointer, _ bases: UnsafePointer<UnsafeRawPointer>?) {
            func add(_ validity: UnsafePointer<UInt64>?) {
                let cell = CellReader(
                    kind: Kind(types[index], column.physical), scale: types[index].scale,
                    type: types.baseAddress.unsafelyUnwrapped + index,
                    values: values.baseAddress ?? UnsafeRawPointer(cells.baseAddress.unsafelyUnwrapped),
                    validity: validity, bases: bases)
                cells.initializeElement(at: index, to: cell)
                lend(columns, types, index + 1, cells, body)
            }
            if let validity = column.validity {
                validity.words.withUnsafeBufferPointer { add($0.baseAddress) }
            } else {
                add(nil)
            }
        }
        switch column.values {
        case .bool(let values): values.withUnsafeBytes { open($0, nil) }
        case .int64(let values): values.withUnsafeBytes { open($0, nil) }
        case .double(let values): values.withUnsafeBytes { open($0, nil) }
        case .decimal(let values): values.withUnsafeBytes { open($0, nil) }
        case .interval(let values): values.withUnsafeBytes { open($0, nil) }
        case .text(let text):
            let bases = text.buffers.map { UnsafeRawPointer($0.base) }
            bases.withUnsafeBufferPointer { bases in text.views.withUnsafeBytes { open($0, bases.baseAddress) } }
            withExtendedLifetime(text) {}
        }
    }
}

extension CellReader.Kind {
    /// How the values of a column are written: as its type says where that agrees with its memory.
    init(_ type: DataType, _ physical: DataType.Physical) {
        switch physical {
        case .bool: self = .bool
        case .double: self = type == .real ? .real : .double
        case .decimal: self = type == .uuid ? .uuid : .decimal
        case .text:
            switch type {
            case .bytes: self = .bytes
            case .json: self = .json
            case .array, .row, .map: self = .composite
            default: self = .text
            }
        case .interval: self = .interval
        case .int64:
            switch type {
            case .date: self = .date
            case .time: self = .time
            case .timestamp: self = .timestamp
            case .timestamptz: self = .timestamptz
            default: self = .int64
            }
        }
    }
}
