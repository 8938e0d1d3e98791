import MutstreamColumnar
import MutstreamDataflow

/// Joins with a table whose rows are asked for from outside, key by key.
extension Binder {
    static let lookupUsage = "FROM stream s JOIN table FOR SYSTEM_TIME AS OF PROCTIME() AS t ON t.key = s.key"
    static let lookupConnector = "http_lookup"
    /// Columns that answers have beside those that are declared.
    static let lookupColumns = ["lookup_status", "lookup_reason"]
    static let lookupDefaults = (cacheRows: 10_000, cacheTime: Int64(60_000_000))

    /// The source behind a name whose rows are answers.
    func lookupSource(_ name: ObjectName) -> Int? {
        guard name.parts.count == 1, !locals.contains(where: { $0.name == name.parts[0].name }),
            case .source(let index)? = entry(name.parts[0]), plan.sources[index].isLookup
        else { return nil }
        return index
    }

    /// A table of answers: keyed, with a column for what became of a question.
    func bindLookup(_ source: inout SourceDefinition, _ name: ObjectName) throws(SQLError) {
        guard source.isTable, !source.primaryKey.isEmpty else {
            throw SQLError(
                "\"\(name.text)\" has no PRIMARY KEY to ask by", at: name.range,
                hint: "CREATE TABLE rates (currency TEXT PRIMARY KEY, rate DOUBLE) WITH (connector = '"
                    + Binder.lookupConnector + "', url = 'http://127.0.0.1:8080/rates/{currency}')")
        }
        source.isLookup = true
        for column in Binder.lookupColumns {
            source.columns.append(SourceColumn(name: column, type: .text, notNull: false, sensitive: false))
        }
        source.projection = Array(source.columns.indices)
    }

    func lookupJoin(
        _ join: Join, _ left: Relation, _ reference: TableReference, _ source: Int, _ context: FromContext,
        condition: (Relation) throws(SQLError) -> Expression?
    ) throws(SQLError) -> Relation {
        let definition = plan.sources[source]
        guard let time = reference.systemTime, isProcessingTime(time, of: left), join.kind == .inner || join.kind == .left
        else {
            throw SQLError(
                "\"\(definition.name)\" is asked as it is now, by JOIN or LEFT JOIN … FOR SYSTEM_TIME AS OF PROCTIME()",
                at: reference.range, hint: Binder.lookupUsage)
        }
        guard isAppendOnly(left.node) else {
            throw SQLError(
                "a lookup is for rows that only arrive, but rows of this query can change", at: reference.range,
                hint: "let a stream come first, or a view that ends with EMIT ON ARRIVAL or EMIT ON WINDOW CLOSE")
        }
        var right = input(source, .versions)
        let declared = right.columns.count - Binder.lookupColumns.count
        for column in declared..<right.columns.count { right.columns[column].isHidden = true }
        if let alias = reference.alias { right = right.renamed(alias.name) }
        var own = InputColumns(left)
        var keys: [Int: Int] = [:]
        let width = left.columns.count
        for conjunct in try condition(right)?.conjuncts ?? [] {
            guard case .call(.equal, let operands) = conjunct.node, operands.count == 2 else {
                throw keyError(definition, reference)
            }
            let isFirst = operands[0].columns.allSatisfy { $0 < width }
            let (value, other) = isFirst ? (operands[0], operands[1]) : (operands[1], operands[0])
            guard let column = other.columnIndex, column >= width, value.columns.allSatisfy({ $0 < width }),
                definition.primaryKey.contains(column - width), keys[column - width] == nil
            else { throw keyError(definition, reference) }
            keys[column - width] = own.position(of: value)
        }
        guard keys.count == definition.primaryKey.count else { throw keyError(definition, reference) }
        let option = { (name: String) in definition.options.first { $0.name.name == name }?.value }
        let rule = LookupJoin.Rule(
            leftKeys: definition.primaryKey.compactMap { keys[$0] }, rightKeys: definition.primaryKey, status: declared,
            reason: declared + 1, keepsLeft: join.kind == .left,
            failing: option("on_timeout").flatMap { LookupJoin.Failing(rawValue: $0.lowercased()) } ?? .deadLetter,
            cacheRows: option("cache_rows").flatMap { Int($0) } ?? Binder.lookupDefaults.cacheRows,
            cacheTime: option("cache_ttl").flatMap { Binder.microseconds($0) } ?? Binder.lookupDefaults.cacheTime)
        let inner = own.columns + right.columns
        let node = add(
            .temporal(
                TemporalPlan(
                    operation: .lookup(source: source, rule),
                    inputs: [own.node(in: self, owner: context.owner), right.node])), inner, owner: context.owner)
        // The columns of the two sides as they are declared.
        let shift = own.columns.count
        let columns = left.columns + right.columns[..<declared]
        let picked = columns.indices.map {
            Expression.column($0 < width ? $0 : $0 - width + shift, columns[$0].type)
        }
        return Relation(node: add(.project(node, picked), columns, owner: context.owner), columns: columns)
    }

    private func keyError(_ definition: SourceDefinition, _ reference: TableReference) -> SQLError {
        let key = definition.primaryKey.map { definition.columns[$0].name }.joined(separator: ", ")
        return SQLError(
            "ON of a lookup holds one equality for each column of the PRIMARY KEY of \"\(definition.name)\": \(key)",
            at: reference.range, hint: "put other conditions into WHERE, and casts on the stream's side")
    }

    private static func microseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { try? TextCodec.parseInterval(UnsafeRawBufferPointer($0)) }?.exactMicroseconds
    }
}
