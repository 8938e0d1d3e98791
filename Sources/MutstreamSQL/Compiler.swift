/// SQL text to a running plan: the table of contents of this module.
///
/// ```
/// text ─ Parser ─► statements ─ Binder ─► plan ─ Optimizer ─► plan ─ Lowering ─► circuit
/// ```
package enum Compiler {
    /// What a pipeline's file says, in the statements of this dialect.
    package static func statements(_ text: String) throws(SQLError) -> [Statement] {
        try FilledTables.rewrite(try Parser.parse(text))
    }

    /// Checks everything that can be checked without touching the outside.
    package static func plan(_ text: String) throws(SQLError) -> PipelinePlan {
        let plan = try Binder.bind(try statements(text))
        for model in plan.models { _ = try ModelChecker.options(model) }
        return plan
    }

    /// A pipeline that answers one query: what it declares runs as it does for the pipeline, its sinks do not. The only
    /// view is the answer.
    package static func plan(
        _ text: String, query: String
    ) throws(QueryError) -> (plan: PipelinePlan, shown: Shown) {
        let binder = Binder()
        do throws(SQLError) {
            let statements = try statements(text)
            try binder.bindSettingsAhead(statements)
            for statement in statements { try binder.bind(statement) }
            for model in binder.plan.models { _ = try ModelChecker.options(model) }
        } catch { throw QueryError(isInQuery: false, error: error) }
        do throws(SQLError) {
            let asked = try Parser.parse(query)
            guard asked.count == 1, case .query(let query) = asked[0].kind else {
                throw SQLError(
                    "found \(asked.count == 1 ? "another statement" : "\(asked.count) statements"), expected one SELECT",
                    at: asked.first?.range ?? SourceRange(0, 0))
            }
            return try binder.answering(query)
        } catch { throw QueryError(isInQuery: true, error: error) }
    }

    package static func optimized(_ text: String) throws(SQLError) -> PipelinePlan {
        Optimizer.optimize(try plan(text))
    }

    package static func circuit(_ optimized: PipelinePlan) throws(SQLError) -> CompiledPipeline {
        try Lowering.lower(optimized)
    }
}

/// An error in one of two texts.
package struct QueryError: Error {
    /// Its place is in the query, not in the pipeline.
    package var isInQuery: Bool
    package var error: SQLError

    package init(isInQuery: Bool, error: SQLError) {
        self.isInQuery = isInQuery
        self.error = error
    }
}
