import MutstreamColumnar
import MutstreamEngine

/// Changes of rows as JSON lines: what was put in, taken back, or, where the columns of a key are known, replaced.
///
/// ```
/// changelog_json   {"op":"+I","row":{…}}   +I put in, -D taken back; -U and +U, in a row: the old and the new one of a key
/// debezium_json    {"before":null,"after":{…},"op":"c"}        c put in, d taken back, u replaced
/// ```
///
/// A row of weight n comes n times. What a step takes back comes first, so that a reader that goes by a key is never left
/// with the old row.
final class ChangelogWriter {
    enum Style: String, Sendable {
        case changelog = "changelog_json"
        case debezium = "debezium_json"
    }

    private let style: Style
    private let rows: JSONRowWriter
    /// Writes the columns of the key alone, so that equal keys are equal bytes.
    private let keys: JSONRowWriter?
    private let keyColumns: [Int]
    private let scratch = ByteWriter()

    init(_ style: Style, fields: [Field], key: [Int]) {
        self.style = style
        rows = JSONRowWriter(schema: fields)
        keyColumns = key
        keys = key.isEmpty ? nil : JSONRowWriter(schema: key.map { fields[$0] })
    }

    /// The numbers of the columns that `primary_key` names.
    static func key(_ names: String?, in fields: [Field]) throws(ConnectorError) -> [Int] {
        guard let names else { return [] }
        var key: [Int] = []
        for part in names.split(separator: ",") {
            let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard let index = fields.firstIndex(where: { $0.name == name }) else {
                throw ConnectorError(
                    "the sink has no column \"\(name)\"", hint: "its columns: \(fields.map(\.name).joined(separator: ", "))",
                    option: "primary_key")
            }
            key.append(index)
        }
        return key
    }

    func write(_ batch: Batch, to bytes: ByteWriter) {
        let partners = replaced(batch)
        if let weights = batch.weights {
            for row in 0..<batch.count where weights[row] < 0 && !partners.old.contains(row) {
                for _ in 0..<weights[row].magnitude { append("-D", "d", batch, old: row, new: nil, to: bytes) }
            }
        }
        for row in 0..<batch.count {
            let weight = batch.weight(row)
            if weight < 0 { continue }
            if let old = partners.new[row] {
                append("+U", "u", batch, old: old, new: row, to: bytes)
            } else {
                for _ in 0..<weight { append("+I", "c", batch, old: nil, new: row, to: bytes) }
            }
        }
    }

    /// Retractions whose key comes again in the same step, and the rows that take their places.
    private func replaced(_ batch: Batch) -> (old: Set<Int>, new: [Int: Int]) {
        guard let keys, let weights = batch.weights, weights.contains(where: { $0 < 0 }) else { return ([], [:]) }
        let columns = Batch(
            columns: keyColumns.map { batch.columns[$0] }, count: batch.count, ordinals: Ordinals(first: 0))
        let text = { (row: Int) -> [UInt8] in
            self.scratch.removeAll(keepingCapacity: true)
            keys.writeObject(columns, row: row, to: self.scratch)
            return Array(self.scratch.bytes)
        }
        var retracted: [[UInt8]: Int] = [:]
        for row in 0..<batch.count where weights[row] == -1 { retracted[text(row)] = row }
        var (old, new): (Set<Int>, [Int: Int]) = ([], [:])
        for row in 0..<batch.count where weights[row] == 1 {
            guard let partner = retracted.removeValue(forKey: text(row)) else { continue }
            old.insert(partner)
            new[row] = partner
        }
        return (old, new)
    }

    private func append(
        _ change: String, _ op: String, _ batch: Batch, old: Int?, new: Int?, to bytes: ByteWriter
    ) {
        switch style {
        case .changelog:
            if let old, new != nil { line("-U", batch, old, to: bytes) }
            line(change, batch, new ?? old ?? 0, to: bytes)
        case .debezium:
            bytes.append("{\"before\":")
            image(batch, old, to: bytes)
            bytes.append(",\"after\":")
            image(batch, new, to: bytes)
            bytes.append(",\"op\":\"\(op)\"}\n")
        }
    }

    private func line(_ change: String, _ batch: Batch, _ row: Int, to bytes: ByteWriter) {
        bytes.append("{\"op\":\"\(change)\",\"row\":")
        rows.writeObject(batch, row: row, to: bytes)
        bytes.append("}\n")
    }

    private func image(_ batch: Batch, _ row: Int?, to bytes: ByteWriter) {
        guard let row else { return bytes.append("null") }
        rows.writeObject(batch, row: row, to: bytes)
    }
}
