import MutstreamColumnar

/// Why a row of a kernel has no value, from code that computes one row.
struct RowFault: Error {
    let failure: RowFailure

    init(_ failure: RowFailure) { self.failure = failure }
    init(_ message: String) { failure = .invalidArgument(message) }
}

extension Kernels {
    /// Computes row by row, for functions whose work on one row is far more than a call.
    ///
    /// `compute` appends one value of `type`, or none: NULL.
    /// - Parameter skipsNulls: rows with a NULL operand are NULL and not computed.
    static func rowwise(
        _ type: DataType, skipsNulls: Bool = true,
        _ compute: @escaping (BatchReader, Int, ColumnBuilder) throws(RowFault) -> Void
    ) -> Kernel {
        let reader = BatchReader()
        return .free { columns, n, faults in
            reader.bind(columns, count: n)
            let builder = ColumnBuilder(type, capacity: n)
            for row in 0..<n {
                var isSkipped = false
                if skipsNulls { for index in columns.indices where reader[index].isNull(row) { isSkipped = true } }
                do throws(RowFault) {
                    if !isSkipped { try compute(reader, row, builder) }
                } catch {
                    faults.add(row, error.failure)
                    if builder.count > row { builder.truncate(to: row) }
                }
                if builder.count == row { builder.appendNull() }
            }
            reader.unbind()
            return builder.finish()
        }
    }
}

extension ColumnBuilder {
    /// A JSON value that was made from others.
    func append(json writer: ByteWriter) throws(RowFault) {
        if writer.count > JSONText.maxBytes { throw RowFault("the JSON value is longer than \(JSONText.maxBytes) bytes") }
        if JSONText.depth(writer.bytes) > JSONText.maxDepth {
            throw RowFault("the JSON value nests deeper than \(JSONText.maxDepth) levels")
        }
        append(text: writer.bytes)
    }

    /// `->>`: JSON null is NULL.
    func append(textOf view: JSONView, _ scratch: ByteWriter) {
        switch view.kind {
        case .null: appendNull()
        case .string:
            scratch.removeAll()
            view.appendText(to: scratch)
            append(text: scratch.bytes)
        default: append(text: view.bytes)
        }
    }
}

extension ColumnReader {
    /// The value of a JSON column.
    func json(_ row: Int) -> JSONView { JSONView(text(row)) }

    /// The elements of an array of texts; nil: NULL. Cold paths only.
    func textArray(_ row: Int) -> [[UInt8]?] {
        var reader = CompositeReader(text(row))
        var result: [[UInt8]?] = []
        while reader.isElement() { result.append(reader.isNull() ? nil : reader.withText { Array($0) }) }
        return result
    }

    func bool(_ row: Int) -> Bool { load(row, as: Bool.self) }
    func int64(_ row: Int) -> Int64 { load(row, as: Int64.self) }
}

/// Runs a body that fails as JSON values do.
func jsonFault(_ body: () throws(JSONTextError) -> Void) throws(RowFault) {
    do throws(JSONTextError) { try body() } catch { throw RowFault(error.message) }
}
