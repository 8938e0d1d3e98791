import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// A pipeline that `check` has nothing to say against: planned, its connectors' options checked, nothing opened yet.
package struct PipelineDefinition {
    package let plan: PipelinePlan
    /// As it was written, before the optimizer.
    private(set) var declared: PipelinePlan
    package let registry: ConnectorRegistry
    package let baseDirectory: String
    /// Nil for tables without a connector.
    var sources: [OptionChecker.Checked?] = []
    var sinks: [SinkTarget] = []
    private(set) var initialTables: InitialTables
    /// Only what the plan reads is made, and only what has an end.
    private(set) var isQuery = false
    /// How the answer of a query is shown.
    private(set) var shown = Shown(order: [], visible: 0)

    enum SinkTarget {
        case connector(OptionChecker.Checked)
        /// Answers the requests that brought the rows of a source.
        case reply(source: Int)
    }

    /// - Parameter baseDirectory: where relative paths start.
    package init(_ text: String, registry: ConnectorRegistry, baseDirectory: String) throws(SQLError) {
        let declared = try Compiler.plan(text)
        let plan = Optimizer.optimize(declared)
        try self.init(
            plan, registry: registry, baseDirectory: baseDirectory, tables: InitialTables(plan, Compiler.statements(text)))
        self.declared = declared
        // What cannot be lowered is refused now, not when it runs.
        _ = try Compiler.circuit(plan)
    }

    /// A pipeline that answers a query over what another one declares.
    init(
        _ text: String, query: String, registry: ConnectorRegistry, baseDirectory: String
    ) throws(QueryError) {
        let (plan, shown) = try Compiler.plan(text, query: query)
        let optimized = Optimizer.optimize(plan)
        do throws(SQLError) {
            try self.init(
                optimized, registry: registry, baseDirectory: baseDirectory,
                tables: InitialTables(optimized, Compiler.statements(text)))
            _ = try Compiler.circuit(optimized)
        } catch { throw QueryError(isInQuery: false, error: error) }
        isQuery = true
        self.shown = shown
    }

    init(
        _ plan: PipelinePlan, registry: ConnectorRegistry, baseDirectory: String, tables: InitialTables
    ) throws(SQLError) {
        self.plan = plan
        declared = plan
        initialTables = tables
        self.registry = registry
        self.baseDirectory = baseDirectory
        if plan.roots.isEmpty {
            throw SQLError(
                "the pipeline has no sink, materialized view or lesson: nothing would leave it", at: SourceRange(0, 0),
                hint: "add CREATE SINK name AS SELECT … WITH (connector = 'stdout')")
        }
        let checker = OptionChecker(registry: registry)
        for source in plan.sources {
            if source.isMaintained {
                sources.append(nil)
                continue
            }
            let role: ConnectorSpec.Role = source.isTable ? .table : .source
            let checked = try checker.check(source.options, role: role, of: source.name, at: source.range)
            for option in SourceTiming.options where source.watermark == nil {
                guard let place = checked.places[option.name] else { continue }
                throw SQLError(
                    "\(option.name) needs event time, and \"\(source.name)\" has no WATERMARK", at: place,
                    hint: "add WATERMARK FOR column AS column - INTERVAL '5' SECOND")
            }
            if source.partitionColumn == nil, let place = checked.places["partitions"] {
                throw SQLError(
                    "partitions needs partition_by", at: place, hint: "name the column: partition_by = 'region'")
            }
            sources.append(checked)
        }
        for sink in plan.sinks {
            let checked = try checker.check(sink.options, role: .sink, of: sink.name, at: sink.range)
            if checked.entry.spec.name == "reply" {
                sinks.append(.reply(source: try replySource(sink, checked)))
            } else {
                sinks.append(.connector(checked))
            }
        }
        // The factories look at the options together: what they refuse is the pipeline's fault as well.
        for index in plan.sources.indices { _ = try makeSource(index) }
        for index in plan.sinks.indices { _ = try makeSink(index) }
    }

    private func replySource(_ sink: SinkDefinition, _ checked: OptionChecker.Checked) throws(SQLError) -> Int {
        let place = checked.places["source"] ?? sink.range
        let name = checked.options.text("source") ?? ""
        guard let index = plan.sources.firstIndex(where: { $0.name == name }) else {
            let names = plan.sources.map(\.name)
            throw SQLError(
                "unknown source '\(name)'", at: place,
                hint: suggestion(for: name, among: names).map { "did you mean '\($0)'?" })
        }
        guard sources[index]?.entry.spec.name == "http" else {
            throw SQLError(
                "source '\(name)' has no one to reply to", at: place, hint: "reply answers sources with connector = 'http'")
        }
        guard sink.drivingStreams.contains(index) else {
            throw SQLError(
                "rows of this query do not answer rows of '\(name)'", at: sink.range,
                hint: "end the view with EMIT ON ARRIVAL and let '\(name)' be the first relation in FROM")
        }
        if sinks.contains(where: { if case .reply(index) = $0 { true } else { false } }) {
            throw SQLError("source '\(name)' already has a reply sink", at: place)
        }
        return index
    }

    /// A source reads what the plan needs of it, or at least its rows' number.
    func isRead(_ source: Int) -> Bool {
        plan.graph.reachable(from: plan.roots).contains {
            if case .input(source, _) = plan.graph[$0].kind { true } else { false }
        }
    }

    /// Something is there before the first row of a source: tables filled by statements, VALUES.
    var hasInitialRows: Bool {
        plan.graph.reachable(from: plan.roots).contains {
            switch plan.graph[$0].kind {
            case .values: true
            case .input(let source, .rows): plan.sources[source].isMaintained
            default: false
            }
        }
    }

    func makeSource(_ index: Int) throws(SQLError) -> (any SourceConnector)? {
        guard let checked = sources[index], let make = checked.entry.makeSource else { return nil }
        let source = plan.sources[index]
        if isQuery, !isRead(index) { return nil }
        let fields = source.columns.map { DecoderSchema.Field($0.name, $0.type, notNull: $0.notNull) }
        let time = source.watermark.flatMap { source.projection.firstIndex(of: $0.column) }
        var request = SourceRequest(
            name: source.name, options: checked.options, baseDirectory: baseDirectory,
            decoderSchema: DecoderSchema(fields, projection: source.projection), format: checked.format,
            eventTimeColumn: time, primaryKey: source.primaryKey)
        request.onlyWhatIsThere = isQuery
        do throws(ConnectorError) {
            return try make(request)
        } catch {
            throw placed(error, checked, source.range)
        }
    }

    func makeSink(_ index: Int, history: String? = nil) throws(SQLError) -> (any SinkConnector)? {
        guard case .connector(let checked) = sinks[index], let make = checked.entry.makeSink else { return nil }
        let sink = plan.sinks[index]
        var request = SinkRequest(
            name: sink.name, options: checked.options, baseDirectory: baseDirectory, fields: sink.fields,
            format: checked.format)
        request.history = history
        do throws(ConnectorError) {
            return try make(request)
        } catch {
            throw placed(error, checked, sink.range)
        }
    }

    private func placed(_ error: ConnectorError, _ checked: OptionChecker.Checked, _ range: SourceRange) -> SQLError {
        SQLError(error.message, at: error.option.flatMap { checked.places[$0] } ?? range, hint: error.hint)
    }

    func timing(_ source: Int) -> SourceTiming {
        let options = sources[source]?.options
        return SourceTiming(
            idleTimeout: options?.duration("idle_timeout"), maxAhead: options?.duration("max_ahead"),
            partitions: options?.integer("partitions") ?? 0)
    }

    func connectorName(ofSink index: Int) -> String? {
        if case .connector(let checked) = sinks[index] { checked.entry.spec.name } else { nil }
    }

    /// Nil for tables without a connector.
    func connectorName(ofSource index: Int) -> String? { sources[index]?.entry.spec.name }

    func hasReply(_ source: Int) -> Bool {
        sinks.contains { if case .reply(source) = $0 { true } else { false } }
    }
}

extension PipelineDefinition {
    /// Some source or sink is of this connector.
    package func usesConnector(_ name: String) -> Bool {
        sources.contains { $0?.entry.spec.name == name }
            || sinks.contains { if case .connector(let sink) = $0 { sink.entry.spec.name == name } else { false } }
    }
}
