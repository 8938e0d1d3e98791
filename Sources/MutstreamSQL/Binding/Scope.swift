import MutstreamColumnar
import MutstreamDataflow

/// One column that names in a query can mean.
struct ScopeColumn: Sendable, Equatable {
    /// The relation's name or alias, by which it may be qualified.
    var relation: String
    var name: String
    var type: DataType
    /// The SENSITIVE column it derives from: `payments.card`.
    var sensitive: String?
    /// Set where it is the start or end of a time window.
    var window: WindowRole?
    /// A side of a USING column: only found by its qualified name.
    var isHidden = false
    /// The same of a window that is one value and of its hidden start and end.
    var windowNumber: Int?
    /// The column of a table that it is.
    var origin: Origin?

    struct Origin: Sendable, Hashable {
        var source: Int
        var column: Int
    }

    struct WindowRole: Sendable, Hashable {
        var isEnd: Bool
        /// The window's length in microseconds; nil: windows differ in length.
        var size: Int64?
    }
}

/// A relation that a query can read: a node and what its columns are called.
struct Relation: Sendable {
    var node: NodeID
    var columns: [ScopeColumn]
    /// Set where a query is to be shown in order; columns behind the visible ones serve the order alone.
    var presentation: Presentation?

    /// The same under one name; what its columns were called before is forgotten.
    func renamed(_ alias: String) -> Relation {
        var copy = self
        for index in copy.columns.indices { copy.columns[index].relation = alias }
        return copy
    }
}

/// The columns that names mean at some place in a query.
struct Scope: Sendable {
    var columns: [ScopeColumn]

    /// The number of the column a name means, nil if there is none of this name.
    func find(_ parts: [Identifier], range: SourceRange) throws(SQLError) -> Int? {
        let name = parts[parts.count - 1]
        if parts.count > 2 { return nil }
        let relation = parts.count == 2 ? parts[0].name : nil
        var found = columns.indices.filter { index in
            matches(columns[index].name, name.name)
                && (relation.map { matches(columns[index].relation, $0) } ?? !columns[index].isHidden)
        }
        // Written with quotes, "a" and "A" are two names.
        if found.count > 1, found.contains(where: { columns[$0].name == name.name }) {
            found.removeAll { columns[$0].name != name.name }
        }
        if found.count > 1 {
            var owners: [String] = []
            for index in found {
                let owner = "\(columns[index].relation).\(columns[index].name)"
                if !owners.contains(owner) { owners.append(owner) }
            }
            throw SQLError(
                "column \"\(name.name)\" is ambiguous", at: name.range,
                hint: owners.count > 1
                    ? "write \(owners.joined(separator: " or "))" : "give one of them another name in a subquery, with AS")
        }
        return found.first
    }

    /// The number of the column a name means.
    func resolve(_ parts: [Identifier], range: SourceRange) throws(SQLError) -> Int {
        if let index = try find(parts, range: range) { return index }
        throw unknown(parts, range: range)
    }

    /// What to say where no column has a name.
    func unknown(_ parts: [Identifier], range: SourceRange) -> SQLError {
        let name = parts[parts.count - 1]
        if parts.count > 2 {
            return SQLError(
                "found \"\(parts.map(\.name).joined(separator: "."))\", expected a column or relation.column", at: range)
        }
        let relation = parts.count == 2 ? parts[0].name : nil
        if let relation, !columns.contains(where: { matches($0.relation, relation) }) {
            let names = columns.map(\.relation)
            return SQLError(
                "unknown relation \"\(relation)\"", at: parts[0].range,
                hint: suggestion(for: relation, among: names).map { "did you mean \"\($0)\"?" }
                    ?? "in scope: \(Scope.list(names))")
        }
        let candidates = columns.filter { column in relation.map { matches(column.relation, $0) } ?? !column.isHidden }
        let place = relation.map { " in \"\($0)\"" } ?? Scope.place(candidates)
        return SQLError(
            "unknown column \"\(name.name)\"\(place)", at: name.range,
            hint: suggestion(for: name.name, among: candidates.map(\.name)).map { "did you mean \"\($0)\"?" }
                ?? (candidates.isEmpty ? "no columns are in scope here" : "columns: \(Scope.list(candidates.map(\.name)))"))
    }

    private func matches(_ lhs: String, _ rhs: String) -> Bool { lhs == rhs || lhs.lowercased() == rhs.lowercased() }

    private static func place(_ columns: [ScopeColumn]) -> String {
        let names = columns.reduce(into: [String]()) { if !$0.contains($1.relation) { $0.append($1.relation) } }
        return names.count == 1 && !names[0].isEmpty ? " in \"\(names[0])\"" : ""
    }

    static func list(_ names: [String]) -> String {
        let unique = names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return unique.prefix(12).joined(separator: ", ") + (unique.count > 12 ? ", …" : "")
    }
}
