import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    func bindSource(_ relation: CreateRelation, isTable: Bool, _ range: SourceRange) throws(SQLError) {
        if relation.columns.isEmpty {
            throw SQLError("\"\(relation.name.text)\" has no columns", at: relation.name.range)
        }
        var columns: [SourceColumn] = []
        for column in relation.columns {
            if columns.contains(where: { $0.name == column.name.name }) {
                throw SQLError("column \"\(column.name.name)\" is declared twice", at: column.name.range)
            }
            columns.append(
                SourceColumn(
                    name: column.name.name, type: try TypeResolver.resolve(column.type), notNull: column.notNull,
                    sensitive: column.sensitive))
        }
        let scope = Scope(
            columns: columns.map {
                ScopeColumn(relation: relation.name.text, name: $0.name, type: $0.type, sensitive: nil, window: nil)
            })
        var primaryKey: [Int] = []
        for name in relation.primaryKey {
            let index = try scope.resolve([name], range: name.range)
            primaryKey.append(index)
            columns[index].notNull = true
        }
        if !isTable, let first = relation.primaryKey.first {
            throw SQLError(
                "a SOURCE has no PRIMARY KEY: its rows are only added", at: first.range, hint: "write CREATE TABLE instead")
        }
        if isTable, relation.options.isEmpty {
            // Filled by statements.
            _ = try bindTable(relation, nil, range)
            return
        }
        if let constraint = relation.uniqueKeys.first?.first?.range ?? relation.checks.first?.range {
            throw SQLError(
                "UNIQUE and CHECK are not supported where rows come from a connector", at: constraint,
                hint: "filter them in a view")
        }
        if let query = relation.query {
            throw SQLError("CREATE TABLE … AS belongs in a session", at: query.range, hint: "write CREATE MATERIALIZED VIEW")
        }
        for column in relation.columns {
            guard let expr = column.defaultValue ?? column.generated else { continue }
            throw SQLError(
                "a column of a connector has no DEFAULT or expression", at: expr.range, hint: "compute it in a view")
        }
        if !relation.options.contains(where: { $0.name.name == "connector" }) {
            throw SQLError(
                "\"\(relation.name.text)\" has no connector", at: relation.name.range,
                hint: "add WITH (connector = 'file', path = '…')")
        }
        let watermark = try relation.watermark.map { clause throws(SQLError) in
            try bindWatermark(clause, scope, isTable: isTable)
        }
        let name = relation.name.parts[relation.name.parts.count - 1].name
        try declare(relation.name, .source(plan.sources.count), orReplace: relation.orReplace)
        var source = SourceDefinition(
            name: name, isTable: isTable, columns: columns, primaryKey: primaryKey, watermark: watermark,
            options: relation.options, range: range, projection: Array(columns.indices))
        if let option = relation.options.first(where: { $0.name.name == "partition_by" }) {
            guard let column = columns.firstIndex(where: { $0.name.lowercased() == option.value.lowercased() }) else {
                throw SQLError(
                    "partition_by: \"\(relation.name.text)\" has no column \"\(option.value)\"", at: option.valueRange,
                    hint: suggestion(for: option.value, among: columns.map(\.name)).map { "did you mean \"\($0)\"?" })
            }
            source.partitionColumn = column
        }
        if relation.options.contains(where: { $0.name.name == "connector" && $0.value == Binder.lookupConnector }) {
            try bindLookup(&source, relation.name)
        }
        plan.sources.append(source)
    }

    func bindWatermark(
        _ clause: WatermarkClause, _ scope: Scope, isTable: Bool
    ) throws(SQLError) -> SourceDefinition.Watermark {
        if isTable {
            throw SQLError("a TABLE has no WATERMARK", at: clause.range, hint: "write CREATE SOURCE for a stream")
        }
        let column = try scope.resolve([clause.column], range: clause.column.range)
        let type = scope.columns[column].type
        guard type == .timestamp || type == .timestamptz else {
            throw SQLError(
                "found \(scope.columns[column].type.name), expected a TIMESTAMP for the event time", at: clause.column.range)
        }
        let expression = try ExpressionBinder(scope, clause: "a watermark", functions: self).bind(clause.expression)
        guard expression.type == type else {
            throw SQLError(
                "found \(expression.type.name), expected a \(type.name) as watermark", at: clause.expression.range,
                hint: "write \(clause.column.name) - INTERVAL '5' SECOND")
        }
        return SourceDefinition.Watermark(column: column, expression: expression.folded())
    }

    func bindView(_ view: CreateView, _ range: SourceRange) throws(SQLError) {
        let name = view.name.parts[view.name.parts.count - 1].name
        plan.graph.stateTTL = try bindStateTTL(view)
        defer { plan.graph.stateTTL = plan.settings.stateTTL }
        var relation =
            if let filling = view.filling {
                try filled(filling, view.name)
            } else {
                try bindQuery(view.query, owner: name, emit: nil)
            }
        if !view.columns.isEmpty {
            guard view.columns.count <= relation.columns.count else {
                throw SQLError(
                    "found \(view.columns.count) column names, expected at most \(relation.columns.count)",
                    at: view.columns[0].range.union(view.columns[view.columns.count - 1].range))
            }
            for (index, column) in view.columns.enumerated() { relation.columns[index].name = column.name }
        }
        try refuseTwins(relation, view.query, what: "view")
        relation = relation.renamed(name)
        if view.materialized { try refuseSensitive(relation, view.query, what: "a materialized view") }
        let retain = try bindRetain(view, relation)
        try declare(view.name, .view(relation), orReplace: view.orReplace)
        dependencies[name.lowercased()] = reads
        plan.views.append(
            ViewDefinition(
                name: name, materialized: view.materialized, node: relation.node,
                fields: relation.columns.map { Field($0.name, $0.type) }, options: view.options, retain: retain,
                range: range,
                maxState: try bindMaxState(view)))
    }

    /// How much the operators of a view may hold.
    private func bindMaxState(_ view: CreateView) throws(SQLError) -> Int? {
        guard let option = view.options.first(where: { $0.name.name == "max_state" }) else { return nil }
        guard let bytes = Binder.bytes(option.value) else {
            throw SQLError(
                "max_state: found \(option.value), expected a size such as '512MB' or '2GB'", at: option.valueRange,
                hint: "units: kB, MB, GB, TB (each 1024 times the one before)")
        }
        return bytes
    }

    /// What holds of the operators of a view: its own option, or that of the pipeline.
    private func bindStateTTL(_ view: CreateView) throws(SQLError) -> Int64? {
        guard let option = view.options.first(where: { $0.name.name == "state_ttl" }) else { return plan.settings.stateTTL }
        return try Binder.stateTTL(option.value, option.valueRange)
    }

    private func bindRetain(_ view: CreateView, _ relation: Relation) throws(SQLError) -> ViewDefinition.Retain? {
        for option in view.options where option.name.name != "state_ttl" && option.name.name != "max_state" {
            if option.name.name == "retain", view.materialized { continue }
            throw SQLError(
                "unknown option \"\(option.name.name)\" of a view", at: option.name.range,
                hint: view.materialized
                    ? "known: retain, state_ttl, max_state" : "known of a view without MATERIALIZED: state_ttl, max_state")
        }
        guard let option = view.options.first(where: { $0.name.name == "retain" }) else { return nil }
        var text = option.value
        let length = text.withUTF8 { try? TextCodec.parseInterval(UnsafeRawBufferPointer($0)) }?.exactMicroseconds
        guard let length, length > 0 else {
            throw SQLError(
                "invalid duration \"\(option.value)\"", at: option.valueRange, hint: "write retain = '1 day'")
        }
        let end = relation.columns.firstIndex { $0.window?.isEnd == true }
        let start = relation.columns.firstIndex { $0.window != nil }
        let time = relation.columns.firstIndex { $0.type == .timestamp }
        guard let column = end ?? start ?? time else {
            throw SQLError(
                "retain needs a TIMESTAMP column in the view to measure age by", at: option.range,
                hint: "select the window's start or the event time")
        }
        return ViewDefinition.Retain(column: column, microseconds: length)
    }

    func bindModel(_ model: CreateModel, _ range: SourceRange) throws(SQLError) {
        if let first = model.partitionBy.first {
            throw SQLError("PARTITION BY of a model is not supported yet", at: first.range)
        }
        var inputs: [Field] = []
        for column in model.inputs {
            let type = try TypeResolver.resolve(column.type)
            guard type.isNumeric || type == .text || type == .boolean else {
                throw SQLError(
                    "found \(type.name), expected a number, BOOLEAN or TEXT as a feature", at: column.type.range)
            }
            if inputs.contains(where: { $0.name == column.name.name }) {
                throw SQLError("input \"\(column.name.name)\" is declared twice", at: column.name.range)
            }
            inputs.append(Field(column.name.name, type))
        }
        if inputs.isEmpty { throw SQLError("model \"\(model.name.text)\" has no INPUT", at: model.name.range) }
        guard model.outputs.count == 1, let output = model.outputs.first else {
            throw SQLError("found \(model.outputs.count) outputs, expected one", at: model.name.range)
        }
        let type = try TypeResolver.resolve(output.type)
        guard type == .boolean || type == .double else {
            throw SQLError(
                "found OUTPUT \(type.name), expected BOOLEAN (a class) or DOUBLE (a number)", at: output.type.range)
        }
        try declare(model.name, .model(plan.models.count), orReplace: model.orReplace)
        plan.models.append(
            ModelDefinition(
                name: model.name.text, inputs: inputs, output: Field(output.name.name, type), options: model.options,
                range: range))
    }

    func bindSink(_ sink: CreateSink) throws(SQLError) {
        let relation =
            if let filling = sink.filling {
                try filled(filling, sink.name)
            } else {
                try bindQuery(sink.query, owner: sink.name.text, emit: nil)
            }
        try refuseTwins(relation, sink.query, what: "sink")
        let format = sink.options.first { $0.name.name == "format" }?.value.lowercased() ?? ""
        try refuseSensitive(relation, sink.query, what: "a sink")
        if !sink.options.contains(where: { $0.name.name == "connector" }) {
            throw SQLError(
                "sink \"\(sink.name.text)\" has no connector", at: sink.name.range, hint: "add WITH (connector = 'stdout')")
        }
        try declare(sink.name, .sink(relation), orReplace: sink.orReplace)
        plan.sinks.append(
            SinkDefinition(
                name: sink.name.text, node: relation.node,
                fields: relation.columns.map { Field($0.name, $0.type) }, options: sink.options, range: sink.query.range,
                isAppendOnly: isAppendOnly(relation.node), drivingStreams: plan.graph.drivingStreams(relation.node)))
        let definition = plan.sinks[plan.sinks.count - 1]
        let connector = sink.options.first { $0.name.name == "connector" }?.value ?? ""
        let takesChanges =
            Binder.changelogFormats.contains(format) || connector == "blackhole" || Binder.takesChanges(sink.options)
        if !definition.isAppendOnly, !takesChanges {
            throw SQLError(
                "sink \"\(sink.name.text)\" can only append, but rows of this query can change after they left",
                at: sink.query.range,
                hint: "end the query or the view it reads with EMIT ON ARRIVAL or EMIT ON WINDOW CLOSE, send changes "
                    + "WITH (format = 'changelog_json') or (type = 'upsert', primary_key = '…'), or keep the result in a "
                    + "MATERIALIZED VIEW")
        }
    }

    func bindInsert(_ insert: Insert, _ range: SourceRange) throws(SQLError) {
        if !insert.intoModel, let last = insert.target.parts.last, case .source(let index)? = entry(last),
            plan.sources[index].isMaintained
        {
            _ = try bindInsertion(insert, into: index)
            return
        }
        guard insert.target.parts.count == 1, case .model(let index)? = entry(insert.target.parts[0]) else {
            if insert.intoModel {
                throw SQLError(
                    "unknown model \"\(insert.target.text)\"", at: insert.target.range,
                    hint: suggestion(for: insert.target.text, among: plan.models.map(\.name)).map {
                        "did you mean \"\($0)\"?"
                    } ?? knownModels)
            }
            throw SQLError(
                "INSERT INTO takes a table without a connector or a model", at: insert.target.range,
                hint: "CREATE SINK … AS SELECT sends rows out")
        }
        let model = plan.models[index]
        let targets = model.inputs + [model.output]
        var order = Array(targets.indices)
        if !insert.columns.isEmpty {
            order = []
            for column in insert.columns {
                guard let position = targets.firstIndex(where: { $0.name == column.name }) else {
                    throw SQLError(
                        "model \"\(model.name)\" has no column \"\(column.name)\"", at: column.range,
                        hint: "its columns: \(targets.map(\.name).joined(separator: ", "))")
                }
                order.append(position)
            }
        }
        let relation = try bindQuery(insert.query, owner: insert.target.text, emit: nil)
        guard relation.columns.count == order.count, Set(order).count == targets.count else {
            throw SQLError(
                "found \(relation.columns.count) columns, expected the \(targets.count) of model \"\(model.name)\"",
                at: insert.query.range, hint: "in order: \(targets.map(\.name).joined(separator: ", "))")
        }
        var expressions = targets.map { Expression.null($0.type) }
        for (position, target) in order.enumerated() {
            let column = relation.columns[position]
            if let sensitive = column.sensitive {
                throw SQLError(
                    "column \"\(column.name)\" derives from the SENSITIVE \(sensitive) and cannot reach a model",
                    at: insert.query.range(ofColumn: position, of: order.count),
                    hint: "leave it out, or pass an aggregate of it")
            }
            do {
                expressions[target] = try Typing.coerce(
                    .column(position, column.type), to: targets[target].type, context: .assignment)
            } catch {
                throw SQLError(
                    "column \(position + 1), for \"\(targets[target].name)\": \(error.message)",
                    at: insert.query.range(ofColumn: position, of: order.count),
                    hint: error.hint == nil ? nil : "CAST it to \(targets[target].type.name)")
            }
        }
        guard isAppendOnly(relation.node) else {
            throw SQLError(
                "lessons of this query can change after the model has learnt them", at: insert.query.range,
                hint: "a model learns from append-only rows: use EMIT ON ARRIVAL, or join streams instead of tables")
        }
        let node = plan.graph.add(.project(relation.node, expressions), fields: targets, owner: insert.target.text)
        plan.lessons.append(LessonDefinition(model: index, node: node, isFeedback: false, range: range))
    }

    /// Formats that say of each row whether it is put in or taken back.
    /// The options say what becomes of rows that change: the last one of a key counts, or what is taken back is passed over.
    private static func takesChanges(_ options: [Option]) -> Bool {
        options.contains { option in
            switch option.name.name {
            case "type": option.value.lowercased() == "upsert"
            case "force_append_only": option.value.lowercased() == "true"
            default: false
            }
        }
    }

    static let changelogFormats: Set<String> = ["changelog_json", "debezium_json"]

    // MARK: Checks

    private func refuseTwins(_ relation: Relation, _ query: Query, what: String) throws(SQLError) {
        for (index, column) in relation.columns.enumerated()
        where relation.columns[..<index].contains(where: { $0.name == column.name }) {
            throw SQLError(
                "the \(what) has two columns \"\(column.name)\"",
                at: query.range(ofColumn: index, of: relation.columns.count), hint: "give one of them another name with AS")
        }
    }

    func refuseSensitive(_ relation: Relation, _ query: Query, what: String) throws(SQLError) {
        for (index, column) in relation.columns.enumerated() {
            guard let sensitive = column.sensitive else { continue }
            throw SQLError(
                "column \"\(column.name)\" derives from the SENSITIVE \(sensitive) and cannot reach \(what)",
                at: query.range(ofColumn: index, of: relation.columns.count),
                hint: "leave it out, or select an aggregate such as COUNT, SUM or AVG of it")
        }
    }

    /// For hints: what models there are.
    var knownModels: String {
        plan.models.isEmpty
            ? "declare it first: CREATE MODEL name INPUT (…) OUTPUT (…)"
            : "models so far: \(Scope.list(plan.models.map(\.name)))"
    }
}

extension Query {
    /// Where an output column is written; the whole query where a * or a set operation gives it.
    func range(ofColumn index: Int, of count: Int) -> SourceRange {
        guard case .select(let select) = body, select.items.count == count, select.items.indices.contains(index) else {
            return range
        }
        return select.items[index].expression.range
    }
}
