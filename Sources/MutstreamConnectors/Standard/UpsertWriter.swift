import MutstreamColumnar
import MutstreamEngine

/// One line for each key whose row changed in a step: the new row, or that it is gone.
///
/// ```
/// {"op":"upsert","id":1,"name":"a"}        the key has this row now
/// {"op":"delete","id":2}                   the key has none
/// {"op":"error","id":3}                    the key has several, or one that is not known
/// ```
///
/// How many rows a key has is kept, a number a key, so that a key which several rows share is noticed.
final class UpsertWriter {
    private enum Writer {
        case json(whole: JSONRowWriter, key: JSONRowWriter)
        case csv(CSVRowWriter)
    }

    /// A key that changed in the step at hand.
    private struct Change {
        var group: Int32
        /// The last row of it that was put in; else any row of it.
        var row: Int
        var before: Int64
        var after: Int64
        var isPut = false
    }

    private let writer: Writer
    private let fields: [Field]
    private let keyColumns: [Int]
    private let keys: KeyEncoder
    /// By key: how many rows have it, and its place in ``changes``, -1 between steps.
    private let table = KeyTable(payloadBytes: 16)
    private var changes: [Change] = []
    private var problems: [String] = []
    private static let problemsMax = 20

    /// - Parameter key: the columns that name a row, at least one.
    init(_ format: RowFormat, fields: [Field], key: [Int]) {
        self.fields = fields
        keyColumns = key
        keys = KeyEncoder(columns: key, nulls: .value)
        let operation = Field(SinkFormat.operationName, .text)
        switch format {
        case .json:
            writer = .json(
                whole: JSONRowWriter(schema: [operation] + fields),
                key: JSONRowWriter(schema: [operation] + key.map { fields[$0] }))
        case .csv(let delimiter, _):
            writer = .csv(CSVRowWriter(schema: [operation] + fields, delimiter: delimiter))
        }
    }

    /// Writes the net change of a step.
    func write(_ batch: Batch, to bytes: ByteWriter) {
        if batch.isEmpty { return }
        collect(batch)
        let (put, gone, wrong) = (
            with(batch, "upsert", whole: true), with(batch, "delete", whole: false), with(batch, "error", whole: false)
        )
        for change in changes {
            if change.after <= 0 {
                table.remove(change.group)
                if change.before > 0 { append(gone, change.row, isWhole: false, to: bytes) }
                continue
            }
            let payload = table.payload(change.group)
            payload.storeBytes(of: change.after, as: Int64.self)
            payload.storeBytes(of: -1, toByteOffset: 8, as: Int64.self)
            if change.after == 1, change.isPut {
                append(put, change.row, isWhole: true, to: bytes)
            } else {
                append(wrong, change.row, isWhole: false, to: bytes)
                note(change, wrong)
            }
        }
        changes.removeAll(keepingCapacity: true)
    }

    private func collect(_ batch: Batch) {
        keys.encode(batch)
        for row in 0..<batch.count {
            let (group, isNew) = table.findOrInsert(keys.key(row))
            let payload = table.payload(group)
            let count = isNew ? 0 : payload.load(as: Int64.self)
            var place = isNew ? -1 : Int(payload.load(fromByteOffset: 8, as: Int64.self))
            if place < 0 {
                place = changes.count
                changes.append(Change(group: group, row: row, before: count, after: count))
                payload.storeBytes(of: count, as: Int64.self)
                payload.storeBytes(of: Int64(place), toByteOffset: 8, as: Int64.self)
            }
            let weight = batch.weight(row)
            changes[place].after = changes[place].after.addingReportingOverflow(weight).partialValue
            if weight > 0 {
                changes[place].row = row
                changes[place].isPut = true
            }
        }
    }

    /// The batch with the column of the operation in front; JSON of a key has no other columns, CSV has them as NULL.
    private func with(_ batch: Batch, _ word: String, whole: Bool) -> Batch {
        let operation = Column.constant(.text(word), physical: .text, count: batch.count)
        var columns = [operation]
        switch writer {
        case _ where whole: columns += batch.columns
        case .json: columns += keyColumns.map { batch.columns[$0] }
        case .csv:
            columns += fields.indices.map { index in
                keyColumns.contains(index)
                    ? batch.columns[index]
                    : .constant(.null, physical: fields[index].type.physical, count: batch.count)
            }
        }
        return Batch(columns: columns, count: batch.count, ordinals: batch.ordinals)
    }

    private func append(_ batch: Batch, _ row: Int, isWhole: Bool, to bytes: ByteWriter) {
        switch writer {
        case .json(let whole, let key): (isWhole ? whole : key).write(batch, rows: row..<row + 1, to: bytes)
        case .csv(let writer): writer.write(batch, rows: row..<row + 1, to: bytes)
        }
    }

    private func note(_ change: Change, _ keys: Batch) {
        guard problems.count < UpsertWriter.problemsMax else { return }
        let line = ByteWriter()
        append(keys, change.row, isWhole: false, to: line)
        let what = change.after > 1 ? "\(change.after) rows of the query have" : "a row stays of several that had"
        problems.append("the primary_key of a sink is not unique: \(what) the key of \(line.string.dropLast())")
    }

    func code(_ coder: StateCoder) throws(StateDamage) { try table.code(coder) }

    func takeProblems() -> [String] {
        defer { problems = [] }
        return problems
    }
}
