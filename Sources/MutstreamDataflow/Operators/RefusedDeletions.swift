import MutstreamColumnar

/// Deletions of rows that a table does not have, as its dead letter shows them: (reason, raw, length). `raw` is the key as
/// a JSON object.
final class RefusedDeletions {
    private let key: [Int]
    private let writer: JSONRowWriter
    private let scratch = ByteWriter()

    init(_ types: [DataType], _ names: [String], key: [Int]) {
        self.key = key
        writer = JSONRowWriter(schema: key.map { Field(names[$0], types[$0]) })
    }

    func rows(_ deletions: Batch) -> Batch {
        let keys = Batch(
            columns: key.map { deletions.columns[$0] }, count: deletions.count, ordinals: deletions.ordinals)
        let (reason, raw) = (ColumnBuilder(DataType.text), ColumnBuilder(DataType.text))
        var lengths: [Int64] = []
        for row in 0..<keys.count {
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(keys, row: row, to: scratch)
            var kept = min(scratch.count, RejectedRow.rawBytesMax)
            // A character is kept whole or not at all.
            while kept < scratch.count, kept > 0, scratch.bytes[kept] & 0xC0 == 0x80 { kept -= 1 }
            reason.append(text: "found a deletion of a row that is not there, expected the key of one of the table's rows")
            raw.append(text: UnsafeRawBufferPointer(rebasing: scratch.bytes[..<kept]))
            lengths.append(Int64(scratch.count))
        }
        return Batch(
            columns: [reason.finish(), raw.finish(), .int64(lengths)], count: keys.count, ordinals: deletions.ordinals)
    }
}
