import MutstreamColumnar

/// UNION ALL: the rows of all inputs in the order of their ordinals, at equal ordinals in the order of the inputs.
///
/// Progress is the least of the inputs that hold it back: one that makes no promise about event time does not.
package final class UnionOperator: StatelessOperator {
    private let holdsBack: [Bool]

    package init(holdsBack: [Bool]) { self.holdsBack = holdsBack }

    package func pacemakers(of port: Int, among count: Int) -> [Int] { holdsBack.indices.filter { holdsBack[$0] } }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        var progress: Progress?
        for (index, input) in inputs.enumerated() where holdsBack[index] {
            progress = progress.map { .minimum($0, input.progress) } ?? input.progress
        }
        outputs[0].progress = progress ?? .none
        if inputs.contains(where: { !$0.batch.isEmpty }) { outputs[0].batch = Batch.merge(inputs.map(\.batch)) }
    }
}
