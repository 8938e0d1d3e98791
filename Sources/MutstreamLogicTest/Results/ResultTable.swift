import MutstreamColumnar

/// Rows as texts, whoever computed them.
package struct ResultTable: Sendable {
    /// Nil: not known.
    package var types: [DataType?]
    /// Nil: NULL.
    package var rows: [[String?]]
    /// The query asked for an order.
    package var isOrdered: Bool
    /// Rows that failed while it ran.
    package var problems: [String]

    package init(types: [DataType?], rows: [[String?]], isOrdered: Bool, problems: [String] = []) {
        self.types = types
        self.rows = rows
        self.isOrdered = isOrdered
        self.problems = problems
    }

    /// The rows of a batch in PostgreSQL's text forms, each as often as its weight says.
    package init(fields: [Field], batch: Batch, isOrdered: Bool, problems: [String]) {
        self.init(types: fields.map(\.type), rows: [], isOrdered: isOrdered, problems: problems)
        let writer = ByteWriter(capacity: 64)
        for row in 0..<batch.count {
            let cells = zip(batch.columns, fields).map { column, field -> String? in
                let value = column.value(at: row)
                if value.isNull { return nil }
                if field.type == .text, case .text(let text) = value { return text }
                writer.removeAll()
                TextCodec.append(value, field.type, to: writer)
                return writer.string
            }
            for _ in 0..<max(0, batch.weight(row)) { rows.append(cells) }
        }
    }

    /// One row, one whole number: how a change answers where rows are asked for.
    package init(count: Int) { self.init(types: [.bigint], rows: [[String(count)]], isOrdered: true) }

    /// The texts as the files of a dialect write them.
    ///
    /// - Parameter letters: the type letters of the query, which SQLite's files take at their word.
    package func texts(_ dialect: Dialect, letters: String) -> [[String]] {
        let letters = Array(letters)
        return rows.map { row in
            row.enumerated().map { column, text in
                guard let text else { return "NULL" }
                let type = column < types.count ? types[column] : nil
                if type == .boolean {
                    let holds = text == "true" || text == "t"
                    switch dialect {
                    case .sqlite: return holds ? "1" : "0"
                    case .duckdb: return holds ? "true" : "false"
                    case .mutstream, .risingwave: return holds ? "t" : "f"
                    }
                }
                if dialect == .sqlite, column < letters.count {
                    if let shown = ResultTable.sqlite(text, letters[column]) { return shown }
                }
                return text.isEmpty ? "(empty)" : text
            }
        }
    }

    /// `I` cuts a fraction off, `R` shows three digits of it.
    private static func sqlite(_ text: String, _ letter: Character) -> String? {
        switch letter {
        case "I":
            if text.contains("."), let number = Double(text), abs(number) < 9e18 { return String(Int64(number)) }
            return text.isEmpty ? "0" : nil
        case "R":
            guard let number = Double(text), number.isFinite, abs(number) < 9e15 else { return nil }
            let scaled = (abs(number) * 1_000).rounded(.toNearestOrEven)
            guard scaled < 9e18 else { return nil }
            let whole = Int64(scaled)
            let digits = String(whole % 1_000)
            let sign = number < 0 ? "-" : ""
            return "\(sign)\(whole / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
        default: return nil
        }
    }
}
