/// The values of one column of a batch: a typed contiguous buffer and which of them are not NULL.
///
/// What lies at a NULL row is unspecified but valid memory (0, false, an empty text).
package struct Column: Sendable {
    package enum Values: Sendable {
        case bool([Bool])
        case int64([Int64])
        case double([Double])
        case decimal([Int128])
        case text(TextValues)
        case interval([Interval])
    }

    package var values: Values
    /// One bit a row, 1 = not NULL; nil: no row is NULL.
    package var validity: Bitmap?

    package init(_ values: Values, validity: Bitmap? = nil) {
        self.values = values
        self.validity = validity
        precondition(validity == nil || validity?.count == count, "one validity bit a row")
    }

    package static func bool(_ values: [Bool], _ validity: Bitmap? = nil) -> Column {
        Column(.bool(values), validity: validity)
    }
    package static func int64(_ values: [Int64], _ validity: Bitmap? = nil) -> Column {
        Column(.int64(values), validity: validity)
    }
    package static func double(_ values: [Double], _ validity: Bitmap? = nil) -> Column {
        Column(.double(values), validity: validity)
    }
    package static func decimal(_ values: [Int128], _ validity: Bitmap? = nil) -> Column {
        Column(.decimal(values), validity: validity)
    }
    package static func text(_ values: TextValues, _ validity: Bitmap? = nil) -> Column {
        Column(.text(values), validity: validity)
    }
    package static func interval(_ values: [Interval], _ validity: Bitmap? = nil) -> Column {
        Column(.interval(values), validity: validity)
    }

    package var count: Int {
        switch values {
        case .bool(let values): values.count
        case .int64(let values): values.count
        case .double(let values): values.count
        case .decimal(let values): values.count
        case .text(let values): values.views.count
        case .interval(let values): values.count
        }
    }

    package var physical: DataType.Physical {
        switch values {
        case .bool: .bool
        case .int64: .int64
        case .double: .double
        case .decimal: .decimal
        case .text: .text
        case .interval: .interval
        }
    }

    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }

    /// One value, for tests and messages.
    package func value(at row: Int) -> Value {
        guard isValid(row) else { return .null }
        switch values {
        case .bool(let values): return .bool(values[row])
        case .int64(let values): return .int64(values[row])
        case .double(let values): return .double(values[row])
        case .decimal(let values): return .decimal(values[row])
        case .text(let values): return values.withReader { Value(bytes: $0.bytes(row)) }
        case .interval(let values): return .interval(values[row])
        }
    }

    /// The same value in each of `count` rows; NULL as a column of `physical`.
    package static func constant(_ value: Value, physical: DataType.Physical, count: Int) -> Column {
        switch (value, physical) {
        case (.bool(let value), .bool): return .bool([Bool](repeating: value, count: count))
        case (.int64(let value), .int64): return .int64([Int64](repeating: value, count: count))
        case (.double(let value), .double): return .double([Double](repeating: value, count: count))
        case (.decimal(let value), .decimal): return .decimal([Int128](repeating: value, count: count))
        case (.interval(let value), .interval): return .interval([Interval](repeating: value, count: count))
        case (.text(let value), .text):
            var text = value
            return text.withUTF8 { constant(UnsafeRawBufferPointer($0), count) }
        case (.bytes(let value), .text): return value.withUnsafeBytes { constant($0, count) }
        default:
            let validity = Bitmap(count: count, repeating: false)
            switch physical {
            case .bool: return .bool([Bool](repeating: false, count: count), validity)
            case .int64: return .int64([Int64](repeating: 0, count: count), validity)
            case .double: return .double([Double](repeating: 0, count: count), validity)
            case .decimal: return .decimal([Int128](repeating: 0, count: count), validity)
            case .text:
                return .text(TextValues(views: [TextView](repeating: TextView(), count: count), buffers: []), validity)
            case .interval: return .interval([Interval](repeating: Interval(), count: count), validity)
            }
        }
    }

    private static func constant(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> Column {
        let view = TextView(bytes, buffer: 0, offset: 0)
        let views = [TextView](repeating: view, count: count)
        return .text(TextValues(views: views, buffers: view.isInline ? [] : [SharedBytes(copying: bytes)]))
    }
}
