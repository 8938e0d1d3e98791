import MutstreamColumnar

/// PROCTIME(): adds the clock at which a row arrived, as a TIMESTAMP. Its input is append-only. Stateless.
package final class ArrivalClock: StatelessOperator {
    package init() {}

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        let batch = inputs[0].batch
        if batch.isEmpty { return }
        let clock = Column.int64([Int64](repeating: context.clock, count: batch.count))
        outputs[0].batch = batch.with(columns: batch.columns + [clock])
    }
}
