import MutstreamColumnar
import MutstreamEngine

/// What Tab offers: keywords, names of relations and of their columns.
enum Completer {
    static let keywords = [
        "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "COUNT", "CREATE", "CROSS", "DATE", "DELETE", "DESC",
        "DISTINCT", "DROP", "ELSE", "EMIT", "END", "EXCEPT", "EXISTS", "EXPLAIN", "EXTRACT", "FALSE", "FILTER", "FROM",
        "FULL",
        "FUNCTION", "GROUP", "HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN", "LATERAL",
        "LEFT", "LIKE", "LIMIT", "MATERIALIZED", "MODEL", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OVER", "PARTITION",
        "PRIMARY KEY", "RIGHT", "ROWS", "SELECT", "SET", "SHOW", "SINK", "SOURCE", "SUM", "TABLE", "THEN", "TIMESTAMP",
        "TRUE",
        "TRUNCATE", "UNION", "UPDATE", "USING", "VALUES", "VIEW", "WHEN", "WHERE", "WINDOW", "WITH",
    ]
    static let commands = ["\\?", "\\d", "\\ds", "\\dt", "\\dv", "\\i", "\\q", "\\timing", "\\x"]

    /// - Parameter before: the line up to the cursor.
    static func complete(_ before: [Character], _ objects: [ObjectDescription]) -> LineEditor.Completion {
        let line = String(before)
        if line.hasPrefix("\\"), !line.contains(" ") {
            return LineEditor.Completion(length: line.count, words: commands.filter { $0.hasPrefix(line) })
        }
        let start = wordStart(before, before.count)
        let typed = String(before[start...])
        var words: Set<String> = []
        if start > 0, before[start - 1] == "." {
            // Columns of the relation before the point; of all where it is an alias.
            let nameStart = wordStart(before, start - 1)
            let name = String(before[nameStart..<(start - 1)]).lowercased()
            let named = objects.filter { $0.name.lowercased() == name }
            words = Set((named.isEmpty ? objects : named).flatMap { $0.fields.map(\.name) })
            words = words.filter { $0.lowercased().hasPrefix(typed.lowercased()) }
        } else if wantsRelation(before[..<start]) {
            words = Set(objects.map(\.name).filter { $0.lowercased().hasPrefix(typed.lowercased()) })
        } else if !typed.isEmpty {
            let folded = typed.lowercased()
            let names = objects.map(\.name) + objects.flatMap { $0.fields.map(\.name) }
            words = Set(names.filter { $0.lowercased().hasPrefix(folded) })
            if !line.hasPrefix("\\") {
                let isLower = typed.allSatisfy { !$0.isUppercase }
                let fitting = keywords.filter { $0.lowercased().hasPrefix(folded) }
                words.formUnion(fitting.map { isLower ? $0.lowercased() : $0 })
            }
        }
        return LineEditor.Completion(length: typed.count, words: words.sorted())
    }

    /// Behind these words the name of a relation stands.
    private static func wantsRelation(_ before: ArraySlice<Character>) -> Bool {
        let last = before.split(separator: " ").last.map { String($0).lowercased() } ?? ""
        return ["from", "join", "into", "update", "table", "describe", "\\d"].contains(last)
    }

    private static func wordStart(_ line: [Character], _ end: Int) -> Int {
        var start = end
        while start > 0, line[start - 1].isLetter || line[start - 1].isNumber || line[start - 1] == "_" { start -= 1 }
        return start
    }
}
