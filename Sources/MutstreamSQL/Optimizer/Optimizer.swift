import MutstreamColumnar
import MutstreamDataflow

/// Makes a bound plan cheaper without changing what it means. No rule may add a failure: nothing that can fail moves
/// below a filter or join that shields it.
///
/// In order: constants are folded while binding; lessons are cut loose from answers they do not carry; relations that would
/// be multiplied are joined in another order; filters move down and become join conditions, with what follows from
/// equations; what is never true leaves nothing; bounds on row numbers become first rows; what unique keys make superfluous
/// goes; sliding windows are made of panes; columns that nobody reads go, down to the decoders.
package enum Optimizer {
    package static func optimize(_ plan: PipelinePlan) -> PipelinePlan {
        var plan = plan
        LessonIsolation.apply(to: &plan)
        JoinOrder.apply(to: &plan)
        FilterPushDown.apply(to: &plan)
        EmptyRelations.apply(to: &plan)
        RankLimit.apply(to: &plan)
        KeyRules.apply(to: &plan)
        PaneWindows.apply(to: &plan)
        ColumnPruning.apply(to: &plan)
        return plan
    }
}

extension PipelinePlan {
    /// Every root exchanged by `map`.
    mutating func mapRoots(_ map: (NodeID) -> NodeID) {
        for index in sinks.indices { sinks[index].node = map(sinks[index].node) }
        for index in views.indices where views[index].materialized { views[index].node = map(views[index].node) }
        for index in lessons.indices { lessons[index].node = map(lessons[index].node) }
    }
}
