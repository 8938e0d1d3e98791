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
    private let model: any OnlineModel
    private let types: [DataType]
    private let questions: [Question]
    private let lessonCount: Int
    private let labelType: DataType
    private var metrics: ProgressiveMetrics
    /// The features of the row at hand, text apart from numbers.
    private let numeric: UnsafeMutableBufferPointer<Double>
    private let text: UnsafeMutableBufferPointer<UInt64>

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
        numeric = .allocate(capacity: types.count)
        numeric.initialize(repeating: .nan)
        text = .allocate(capacity: types.count)
        text.initialize(repeating: 0)
    }

    deinit {
        numeric.deallocate()
        text.deallocate()
    }

    package var summary: ProgressiveMetrics.Summary { metrics.summary }
    package var lessonsLearnt: UInt64 { model.lessonCount }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        var answers: [[Double]] = []
        var features: [FeatureColumns] = []
        for (index, input) in inputs.enumerated() {
            let columns = index < questions.count ? questions[index].features : Array(types.indices)
            features.append(FeatureColumns(columns.map { input.batch.columns[$0] }, types))
            answers.append([Double](repeating: 0, count: index < questions.count ? input.batch.count : 0))
        }
        if inputs.count == 1, questions.count == 1 {
            for row in 0..<inputs[0].batch.count { answers[0][row] = answer(features[0], row) }
        } else {
            merge(inputs, features, &answers)
        }
        for index in questions.indices {
            let batch = inputs[index].batch
            outputs[index] = Delta(batch.with(columns: batch.columns + [.double(answers[index])]), inputs[index].progress)
        }
    }

    private func merge(_ inputs: [Delta], _ features: [FeatureColumns], _ answers: inout [[Double]]) {
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
            let batch = inputs[next].batch
            while row < batch.count, batch.ordinals[row] <= bound {
                if next < questions.count {
                    answers[next][row] = answer(features[next], row)
                } else {
                    learn(features[next], labels[next - questions.count], row)
                }
                row += 1
            }
            cursors[next] = row
        }
    }

    private func answer(_ columns: FeatureColumns, _ row: Int) -> Double {
        model.predict(columns.load(row, numeric, text))
    }

    private func learn(_ columns: FeatureColumns, _ label: Column, _ row: Int) {
        guard label.isValid(row) else { return }
        let value: Double
        switch label.values {
        case .bool(let values): value = values[row] ? 1 : 0
        case .double(let values): value = values[row]
        default: return
        }
        let example = columns.load(row, numeric, text)
        metrics.add(score: model.predict(example), label: value)
        model.learn(example, label: value, weight: 1)
    }
}

/// The feature columns of a batch, turned into numbers and hashes once a batch.
private struct FeatureColumns {
    /// By numeric feature: one number a row, NaN where missing.
    private var numbers: [[Double]] = []
    /// By text feature: one hash a row, 0 where missing.
    private var hashes: [[UInt64]] = []

    init(_ columns: [Column], _ types: [DataType]) {
        for (column, type) in zip(columns, types) {
            switch column.values {
            case .text(let values):
                let number = hashes.count
                hashes.append(
                    values.withReader { reader in
                        (0..<reader.count).map { column.isValid($0) ? hashText(reader.bytes($0), column: number) : 0 }
                    })
            case .double(let values): numbers.append(Self.masked(values, column.validity))
            case .int64(let values): numbers.append(Self.masked(values.map(Double.init), column.validity))
            case .bool(let values): numbers.append(Self.masked(values.map { $0 ? 1 : 0 }, column.validity))
            case .decimal(let values):
                let unit = (0..<type.scale).reduce(1.0) { unit, _ in unit * 10 }
                numbers.append(Self.masked(values.map { Double($0) / unit }, column.validity))
            case .interval(let values):
                numbers.append(Self.masked(values.map { Double($0.comparable) }, column.validity))
            }
        }
    }

    private static func masked(_ values: [Double], _ validity: Bitmap?) -> [Double] {
        guard let validity else { return values }
        var values = values
        for row in values.indices where !validity[row] { values[row] = .nan }
        return values
    }

    @inline(__always)
    func load(
        _ row: Int, _ numeric: UnsafeMutableBufferPointer<Double>, _ text: UnsafeMutableBufferPointer<UInt64>
    ) -> Features {
        for index in numbers.indices { numeric[index] = numbers[index][row] }
        for index in hashes.indices { text[index] = hashes[index][row] }
        return Features(
            numeric: UnsafeBufferPointer(rebasing: numeric[..<numbers.count]),
            text: UnsafeBufferPointer(rebasing: text[..<hashes.count]))
    }
}
