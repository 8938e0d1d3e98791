/// SQL text to a running plan: the table of contents of this module.
///
/// ```
/// text ─ Parser ─► statements ─ Binder ─► plan ─ Optimizer ─► plan ─ Lowering ─► circuit
/// ```
package enum Compiler {
    /// Checks everything that can be checked without touching the outside.
    package static func plan(_ text: String) throws(SQLError) -> PipelinePlan {
        let statements = try Parser.parse(text)
        let plan = try Binder.bind(statements)
        for model in plan.models { _ = try ModelChecker.options(model) }
        return plan
    }

    package static func optimized(_ text: String) throws(SQLError) -> PipelinePlan {
        Optimizer.optimize(try plan(text))
    }

    package static func circuit(_ optimized: PipelinePlan) throws(SQLError) -> CompiledPipeline {
        try Lowering.lower(optimized)
    }
}
