import MutstreamColumnar

/// Failed rows as a dead letter shows them: (reason, raw, length). `raw` is the row as a JSON object, its first 4 KB.
package final class FailureRows: StatelessOperator {
    private let writer: JSONRowWriter
    private let scratch = ByteWriter()

    /// - Parameter fields: of the input; the last one is the reason.
    package init(_ fields: [Field]) { writer = JSONRowWriter(schema: Array(fields.dropLast())) }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let batch = inputs[0].batch
        outputs[0].progress = inputs[0].progress
        guard let reason = batch.columns.last, !batch.isEmpty else { return }
        let rows = batch.with(columns: Array(batch.columns.dropLast()))
        let raw = ColumnBuilder(DataType.text, capacity: batch.count)
        var lengths: [Int64] = []
        for row in 0..<batch.count {
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(rows, row: row, to: scratch)
            var kept = min(scratch.count, RejectedRow.rawBytesMax)
            // A character is kept whole or not at all.
            while kept < scratch.count, kept > 0, scratch.bytes[kept] & 0xC0 == 0x80 { kept -= 1 }
            raw.append(text: UnsafeRawBufferPointer(rebasing: scratch.bytes[..<kept]))
            lengths.append(Int64(scratch.count))
        }
        outputs[0].batch = batch.with(columns: [reason, raw.finish(), .int64(lengths)])
    }
}
