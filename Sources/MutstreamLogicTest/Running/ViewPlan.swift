/// Where the queries of a script become views.
struct ViewPlan {
    /// By record: the queries whose view is made before it runs.
    private(set) var creations: [Int: [Int]] = [:]
    /// Queries that are no SELECT and run as they stand.
    private(set) var plain: Set<Int> = []
    /// Records behind which all views go on in new circuits.
    private(set) var restarts: Set<Int> = []

    /// - Parameter queries: the records that are wanted as views.
    init(_ records: [Record], queries: Set<Int>, mode: Mode) {
        guard mode != .adhoc else {
            plain = queries
            return
        }
        /// The record behind the last one that declared or altered a name.
        var declared: [String: Int] = [:]
        var changes: [Int] = []
        for (index, record) in records.enumerated() {
            if case .skipped = record.kind { continue }
            if case .halt = record.kind { break }
            let words = SQLWords(record.sql)
            if case .query(let query) = record.kind, queries.contains(index) {
                guard !query.expectsError, ViewPlan.isSelect(words) else {
                    plain.insert(index)
                    continue
                }
                let start = mode == .after ? index : words.names.compactMap { declared[$0] }.max() ?? index
                var place = start
                if mode == .halfway {
                    let between = changes[ViewPlan.firstIndex(in: changes, from: start)...]
                    if let middle = between.dropFirst(between.count / 2).first { place = middle }
                }
                creations[place, default: []].append(index)
                continue
            }
            for effect in ViewPlan.effects(words) {
                switch effect {
                case .declares(let name): declared[name] = index + 1
                case .drops(let name): declared[name] = nil
                case .changes: changes.append(index)
                }
            }
        }
        if mode == .restore {
            let distance = max(1, changes.count / 4)
            restarts = Set(changes.enumerated().filter { $0.offset % distance == distance / 2 }.map(\.element))
        }
    }

    private static func firstIndex(in sorted: [Int], from value: Int) -> Int {
        sorted.firstIndex { $0 >= value } ?? sorted.count
    }

    static func isSelect(_ words: SQLWords) -> Bool {
        guard words.statements.count == 1 else { return false }
        let first = words.tokens.first { $0.text != "(" }?.text ?? ""
        guard ["select", "with", "values"].contains(first) else { return false }
        return !words.tokens.contains { $0.kind == .word && ["returning", "nextval", "insert"].contains($0.text) }
    }

    // MARK: Statements

    enum Effect: Equatable {
        case declares(String)
        case drops(String)
        case changes(String)
    }

    private static let kinds: Set = [
        "table", "view", "source", "function", "macro", "schema", "type", "sequence", "model", "sink",
    ]
    private static let fillers: Set = [
        "or", "replace", "temp", "temporary", "materialized", "recursive", "if", "not", "exists", "unlogged", "aggregate",
    ]

    /// What a text of one or more statements does to which relations.
    static func effects(_ words: SQLWords) -> [Effect] {
        let statements = words.statements
        if statements.count > 1 { return statements.flatMap { effects(SQLWords($0)) } }
        let tokens = words.tokens
        guard let verb = tokens.first?.text else { return [] }
        func name(from start: Int) -> String? {
            var position = start
            while position < tokens.count, tokens[position].kind == .word, fillers.contains(tokens[position].text) {
                position += 1
            }
            // The last part of a name with dots.
            while position + 2 < tokens.count, tokens[position + 1].text == "." { position += 2 }
            return position < tokens.count ? tokens[position].text.lowercased() : nil
        }
        switch verb {
        case "create", "alter", "drop":
            guard let kind = tokens.prefix(8).firstIndex(where: { $0.kind == .word && kinds.contains($0.text) }),
                let name = name(from: kind + 1)
            else { return [] }
            return [verb == "drop" ? .drops(name) : .declares(name)]
        case "insert", "merge", "delete", "copy", "truncate", "update":
            let skipped: Set = ["into", "from", "table", "or", "only", "replace", "ignore"]
            var position = 1
            while position < tokens.count, skipped.contains(tokens[position].text) { position += 1 }
            return name(from: position).map { [.changes($0)] } ?? []
        default: return []
        }
    }
}
