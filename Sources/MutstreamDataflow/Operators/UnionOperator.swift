import MutstreamColumnar

/// UNION ALL: the rows of all inputs in the order of their ordinals, at equal ordinals in the order of the inputs.
///
/// Progress is the least of the inputs that hold it back: one that makes no promise about event time does not.
package final class UnionOperator: Operator {
    private let holdsBack: [Bool]

    package init(holdsBack: [Bool]) { self.holdsBack = holdsBack }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        var progress: Progress?
        for (index, input) in inputs.enumerated() where holdsBack[index] {
            progress = progress.map { .minimum($0, input.progress) } ?? input.progress
        }
        outputs[0].progress = progress ?? .none
        let filled = inputs.map(\.batch).filter { !$0.isEmpty }
        guard let first = filled.first else { return }
        if filled.count == 1 {
            outputs[0].batch = first
            return
        }
        let all = Batch.concatenate(filled)
        var ordinals = all.ordinals.array(count: all.count)
        var isSorted = true
        for row in 1..<all.count where ordinals[row] < ordinals[row - 1] { isSorted = false }
        if isSorted {
            outputs[0].batch = all
            return
        }
        let order = (0..<Int32(truncatingIfNeeded: all.count)).sorted {
            (ordinals[Int($0)], $0) < (ordinals[Int($1)], $1)
        }
        ordinals = order.map { ordinals[Int($0)] }
        var sorted = all.gather(order)
        sorted.ordinals = Ordinals(ordinals)
        outputs[0].batch = sorted
    }
}
