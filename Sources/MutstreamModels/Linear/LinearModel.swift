/// Logistic or linear regression that learns one example at a time.
///
/// ```swift
/// let model = LinearModel(LinearOptions(), numericCount: 8, textCount: 1)
/// let answer = model.predict(features)              // 0.5 until the first lesson
/// model.learn(features, label: 1, weight: 1)
/// ```
///
/// The answer is a bias, plus a weight times each number, plus one weight a text, found in a table by its hash
/// (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009). Logistic regression makes it
/// P(true); linear regression scales it back to the labels seen.
///
/// - Numbers are standardised by the statistics of the lessons before; a lesson is scaled as its question was, and
///   joins the statistics afterwards. Questions change nothing.
/// - Linear regression standardises its labels likewise, so that the defaults fit any unit.
/// - A missing number or text adds nothing and teaches its weight nothing.
/// - A lesson's `weight` counts in the gradient, not in the statistics.
///
/// Not `Sendable`: it has one owner. Memory is allocated at the start and never grows.
package final class LinearModel: OnlineModel {
    package let options: LinearOptions
    package let numericCount: Int
    package let textCount: Int
    package private(set) var lessonCount: UInt64 = 0

    private enum Core {
        case ftrl(LinearCore<FTRL>)
        case adagrad(LinearCore<AdaGrad>)
        case sgd(LinearCore<SGD>)
    }

    private let core: Core
    private let loss: LinearLoss
    private let standardizer: Standardizer
    /// The statistics of the labels of linear regression.
    private let labelStandardizer: Standardizer

    /// The greatest weight of a lesson; a greater one counts as this.
    package static let lessonWeightMax = 1e6
    /// The greatest number of numeric and of text features.
    package static let featureCountMax = 65_536

    /// An untaught model.
    ///
    /// - Precondition: the counts are within `0...featureCountMax`.
    package init(_ options: LinearOptions, numericCount: Int, textCount: Int) {
        let features = 0...Self.featureCountMax
        precondition(features ~= numericCount && features ~= textCount, "at most 65,536 features of a kind")
        self.options = options
        self.numericCount = numericCount
        self.textCount = textCount
        loss = options.algorithm == .logisticRegression ? .logistic : .squared
        standardizer = Standardizer(count: numericCount, clip: options.clip, isOn: options.standardize)
        labelStandardizer = Standardizer(
            count: loss == .squared ? 1 : 0, clip: magnitudeMax, isOn: options.standardize)
        let count = 1 + numericCount + (textCount > 0 ? 1 << options.hashBits : 0)
        let (rate, bits) = (options.learningRate, options.hashBits)
        switch options.optimizer {
        case .ftrl:
            let rule = FTRL(alpha: rate, beta: options.beta, l1: options.l1, l2: options.l2)
            core = .ftrl(LinearCore(rule: rule, count: count, hashBits: bits))
        case .adagrad:
            let rule = AdaGrad(learningRate: rate, l2: options.l2)
            core = .adagrad(LinearCore(rule: rule, count: count, hashBits: bits))
        case .sgd:
            core = .sgd(LinearCore(rule: SGD(learningRate: rate, l2: options.l2), count: count, hashBits: bits))
        }
    }

    deinit {
        standardizer.deallocate()
        labelStandardizer.deallocate()
        switch core {
        case .ftrl(let core): core.slots.deallocate()
        case .adagrad(let core): core.slots.deallocate()
        case .sgd(let core): core.slots.deallocate()
        }
    }

    /// P(true) within 0...1, or the number; exactly 0.5 or 0 before the first lesson.
    ///
    /// - Precondition: `x` has as many features as the model.
    package func predict(_ x: Features) -> Double {
        precondition(x.text.count == textCount, "one hash a text feature")
        let numeric = standardizer.scaled(x.numeric)
        let score =
            switch core {
            case .ftrl(let core): core.score(numeric, x.text)
            case .adagrad(let core): core.score(numeric, x.text)
            case .sgd(let core): core.score(numeric, x.text)
            }
        switch loss {
        case .logistic: return probability(score)
        case .squared where options.standardize:
            return labelStandardizer.mean(0) + labelStandardizer.deviation(0) * clamped(score, to: magnitudeMax)
        case .squared: return score
        }
    }

    /// Takes one lesson: a label of 0...1 (what is beyond counts as 0 or 1), or a number.
    ///
    /// - Precondition: `x` has as many features as the model.
    package func learn(_ x: Features, label: Double, weight: Double) {
        precondition(x.text.count == textCount, "one hash a text feature")
        guard label.isFinite, weight.isFinite, weight > 0 else { return }
        let weight = min(weight, Self.lessonWeightMax)
        let numeric = standardizer.scaled(x.numeric)
        let target: Double
        switch loss {
        case .logistic: target = min(max(label, 0), 1)
        case .squared:
            // The label joins the statistics first: against those before it a first label would be without a scale.
            withUnsafePointer(to: label) { labelStandardizer.observe(UnsafeBufferPointer(start: $0, count: 1)) }
            target = withUnsafePointer(to: label) {
                labelStandardizer.scaled(UnsafeBufferPointer(start: $0, count: 1))[0]
            }
        }
        switch core {
        case .ftrl(let core): core.learn(numeric, x.text, label: target, weight: weight, loss: loss)
        case .adagrad(let core): core.learn(numeric, x.text, label: target, weight: weight, loss: loss)
        case .sgd(let core): core.learn(numeric, x.text, label: target, weight: weight, loss: loss)
        }
        standardizer.observe(x.numeric)
        lessonCount &+= 1
    }

    package func reset() {
        standardizer.reset()
        labelStandardizer.reset()
        lessonCount = 0
        switch core {
        case .ftrl(let core): core.reset()
        case .adagrad(let core): core.reset()
        case .sgd(let core): core.reset()
        }
    }
}

// MARK: - State

extension LinearModel {
    private static let mark: UInt32 = 0x4E49_4C4D
    private static let version: UInt16 = 1

    /// Appends mark, version, options, counts, statistics and the weights that have been taught; untaught slots of
    /// the table take no bytes.
    ///
    /// - Complexity: O(slots).
    package func encode(into bytes: inout [UInt8]) {
        var writer = StateWriter(appendingTo: bytes)
        writer.write(Self.mark)
        writer.write(Self.version)
        options.encode(into: &writer)
        writer.write(UInt32(numericCount))
        writer.write(UInt32(textCount))
        writer.write(lessonCount)
        standardizer.encode(into: &writer)
        labelStandardizer.encode(into: &writer)
        switch core {
        case .ftrl(let core): core.encode(into: &writer)
        case .adagrad(let core): core.encode(into: &writer)
        case .sgd(let core): core.encode(into: &writer)
        }
        bytes = writer.finish()
    }

    /// The model that ``encode(into:)`` wrote.
    ///
    /// - Throws: ``ModelError`` unless `bytes` is one whole state of this version with sound values.
    package convenience init(decoding bytes: [UInt8]) throws(ModelError) {
        var reader = try StateReader(bytes)
        try reader.readHeader(Self.mark, version: Self.version)
        let options = try LinearOptions(from: &reader)
        let numericCount = Int(try reader.read(UInt32.self))
        let textCount = Int(try reader.read(UInt32.self))
        guard numericCount <= Self.featureCountMax, textCount <= Self.featureCountMax else {
            throw reader.malformed("a count is out of range")
        }
        guard reader.remaining >= 32 * numericCount else { throw reader.malformed("it ends early") }
        self.init(options, numericCount: numericCount, textCount: textCount)
        lessonCount = try reader.read()
        try standardizer.decode(from: &reader)
        try labelStandardizer.decode(from: &reader)
        switch core {
        case .ftrl(let core): try core.decode(from: &reader)
        case .adagrad(let core): try core.decode(from: &reader)
        case .sgd(let core): try core.decode(from: &reader)
        }
        try reader.expectEnd()
    }
}
