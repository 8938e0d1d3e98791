import MutstreamColumnar
import MutstreamDataflow

/// A model in a circuit: one serial operator with all of its questions and lessons as inputs.
///
/// ```
/// inputs:   question 0 … question q-1, lesson 0 … lesson l-1
/// outputs:  question 0 ++ answer … question q-1 ++ answer
/// ```
///
/// Within a step the rows of all inputs are taken in the order of their arrival ordinals, at one ordinal questions
/// before lessons and inputs in their order: test, then train. A lesson is scored before it is learnt, which gives the
/// prequential metrics.
package final class ModelOperator: Operator {
    /// Which columns of an input are the features, in the model's order; a lesson's label is the column after `features`.
    package struct Question: Sendable {
        package var features: [Int]
        package init(features: [Int]) { self.features = features }
    }

    package let name: String
    private var model: any OnlineModel
    private let types: [DataType]
    private let questions: [Question]
    private let lessonCount: Int
    private let labelType: DataType
    private var metrics: ProgressiveMetrics
    /// The features of each input in the step at hand.
    private let matrices: [FeatureMatrix]

    /// - Parameters:
    ///   - types: of the model's inputs.
    ///   - labelType: BOOLEAN or DOUBLE.
    package init(
        name: String, options: LinearOptions, types: [DataType], labelType: DataType, questions: [Question], lessons: Int
    ) {
        self.name = name
        self.types = types
        self.questions = questions
        self.labelType = labelType
        lessonCount = lessons
        let textCount = types.count { $0 == .text }
        model = LinearModel(options, numericCount: types.count - textCount, textCount: textCount)
        metrics = ProgressiveMetrics(options)
        matrices = (0..<(questions.count + lessons)).map { _ in FeatureMatrix(types) }
    }

    package var summary: ProgressiveMetrics.Summary { metrics.summary }
    package var lessonsLearnt: UInt64 { model.lessonCount }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        var (taught, measured): ([UInt8], [UInt8]) = ([], [])
        if coder.isWriting {
            model.encode(into: &taught)
            metrics.encode(into: &measured)
        }
        try coder.code(&taught, default: 0)
        try coder.code(&measured, default: 0)
        if coder.isWriting { return }
        do throws(ModelError) {
            model = try LinearModel(decoding: taught)
            metrics = try ProgressiveMetrics(decoding: measured)
        } catch { throw coder.damage(error.message) }
    }

    package func pacemakers(of port: Int, among count: Int) -> [Int] { port < questions.count ? [port] : [] }

    package var ordinalSense: OrdinalSense { .others(driver: nil) }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        var answers: [[Double]] = []
        for (index, input) in inputs.enumerated() {
            let columns = index < questions.count ? questions[index].features : Array(types.indices)
            matrices[index].load(columns.map { input.batch.columns[$0] }, rows: input.batch.count)
            answers.append([Double](repeating: 0, count: index < questions.count ? input.batch.count : 0))
        }
        if inputs.count == 1, questions.count == 1 {
            for row in 0..<inputs[0].batch.count { answers[0][row] = model.predict(matrices[0][row]) }
        } else {
            merge(inputs, &answers)
        }
        for index in questions.indices {
            let batch = inputs[index].batch
            outputs[index] = Delta(batch.with(columns: batch.columns + [.double(answers[index])]), inputs[index].progress)
        }
    }

    private func merge(_ inputs: [Delta], _ answers: inout [[Double]]) {
        var cursors = [Int](repeating: 0, count: inputs.count)
        let labels = (questions.count..<inputs.count).map { inputs[$0].batch.columns[types.count] }
        while true {
            var next = -1
            var ordinal = Int64.max
            for index in inputs.indices where cursors[index] < inputs[index].batch.count {
                let candidate = inputs[index].batch.ordinals[cursors[index]]
                if candidate < ordinal || next < 0 {
                    ordinal = candidate
                    next = index
                }
            }
            if next < 0 { return }
            // All rows of this input before any other input's next ordinal.
            var bound = Int64.max
            for index in inputs.indices where index != next && cursors[index] < inputs[index].batch.count {
                let other = inputs[index].batch.ordinals[cursors[index]]
                bound = min(bound, index > next ? other : other - 1)
            }
            var row = cursors[next]
            let ordinals = inputs[next].batch.ordinals
            let count = inputs[next].batch.count
            let matrix = matrices[next]
            while row < count, ordinals[row] <= bound {
                if next < questions.count {
                    answers[next][row] = model.predict(matrix[row])
                } else {
                    learn(matrix[row], labels[next - questions.count], row)
                }
                row += 1
            }
            cursors[next] = row
        }
    }

    private func learn(_ example: Features, _ label: Column, _ row: Int) {
        guard label.isValid(row) else { return }
        let value: Double
        switch label.values {
        case .bool(let values): value = values[row] ? 1 : 0
        case .double(let values): value = values[row]
        default: return
        }
        metrics.add(score: model.predict(example), label: value)
        model.learn(example, label: value, weight: 1)
    }
}
