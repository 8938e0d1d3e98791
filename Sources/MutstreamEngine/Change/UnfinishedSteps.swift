import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage

extension PipelineChange {
    /// The change from what a folder holds, once the pipeline that wrote it has done all its steps: one that was killed left
    /// steps in the log that no checkpoint has.
    ///
    /// - Parameter report: told what is done before the change.
    static func take(
        over restored: Journal.Restored, _ journal: Journal, to new: Stepper, clock: any Clock, acceptsLoss: Bool,
        _ report: @escaping (String) -> Void
    ) throws(ConnectorError) -> (change: PipelineChange, restored: Journal.Restored) {
        let change = try PipelineChange(from: restored, in: journal.directory, to: new)
        if !acceptsLoss, let lost = change.plan.items.first(where: \.isLossy) {
            throw ConnectorError(
                "this pipeline is not the one whose state is in \"\(journal.directory.path)\", and some of it would be "
                    + "lost: \(lost.kind) \(lost.name): \(lost.reason)",
                hint: "see all of it with mutstream plan-change; --accept goes on without")
        }
        let isBehind = change.old.compiled.circuit.isBehind
        if change.unfinished == nil, !isBehind { return (change, restored) }
        if let steps = change.unfinished {
            report("\(PlanChange.text(steps)): done by the pipeline that was here before, which was cut off")
        }
        do throws(StartError) {
            let loop = try StepLoop(
                change.old.definition, Pipeline(change.old.definition), clock: clock, journal: journal, opensSources: false)
            loop.onProblem = report
            do throws(ConnectorError) { try loop.finishLog(restored) } catch { throw .connector(error) }
        } catch {
            switch error {
            case .connector(let error):
                throw ConnectorError("the pipeline that was here before: \(error.message)", hint: error.hint)
            case .sql(let error): throw ConnectorError("the pipeline that was here before: \(error.message)")
            }
        }
        guard
            var finished = try stored({ () throws(StorageError) in try Journal.newestCheckpoint(journal.directory) { _ in } }
            )
        else { throw ConnectorError("\"\(journal.directory.path)\" has no checkpoint of the steps that were left") }
        finished.isOwn = false
        return (try PipelineChange(from: finished, in: journal.directory, to: new), finished)
    }
}

extension StepLoop {
    /// Does the steps that the log has behind a checkpoint, gives sinks what they have not got, and keeps the state.
    /// Nothing enters, and nothing is asked of the outside.
    func finishLog(_ restored: Journal.Restored) throws(ConnectorError) {
        do throws(ConnectorError) {
            try recover(from: restored)
            // Windows that a watermark has passed close as this pipeline would have closed them.
            while stepper.compiled.circuit.isBehind {
                let now = clock.now()
                journal?.recorder.begin(clock: now, delivered: outputs.deliveredSteps)
                try runStep(stepper.admission.closing(clock: now), now)
            }
            try outputs.finish()
            try keepState()
            try journal?.drain()
        } catch {
            outputs.closeAll()
            throw error
        }
        try outputs.close()
    }

    /// What tables without a connector hold otherwise than before enters as a step of its own.
    func enterTableChanges() throws(ConnectorError) {
        if stepper.inputs.tableChanges.isEmpty { return }
        let now = clock.now()
        journal?.recorder.begin(clock: now, delivered: outputs.deliveredSteps)
        try runStep(AdmissionGate.Step(), now)
    }
}
