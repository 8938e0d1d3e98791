/// How well a model answers, judged by each lesson before it is learnt (prequential, test-then-train).
///
/// ```swift
/// var metrics = ProgressiveMetrics(.classification(threshold: 0.5))
/// metrics.add(score: model.predict(features), label: 1)
/// model.learn(features, label: 1, weight: 1)
/// print(metrics.summary.areaUnderROC ?? 0)
/// ```
///
/// The state is of one size whatever the number of rows. For the areas under the curves of a classifier it is a
/// histogram of the scores' log-odds, one count a bin and label:
///
/// ```
/// bin        0            1                    …            6143
/// log-odds   −∞ … −23.99  −23.99 … −23.98      …      23.99 … ∞
/// ```
///
/// Scores that share a bin count as tied. The area under ROC is thereby off by at most half the share of
/// (positive, negative) pairs that share a bin; average precision by at most the sum over bins of their share of the
/// positives times the range that precision can pass through in the bin. ``Summary`` reports both bounds.
package struct ProgressiveMetrics: Sendable {
    package enum Task: Sendable, Hashable {
        /// Scores are P(true), labels true from 0.5; an answer counts as true from `threshold`.
        case classification(threshold: Double)
        /// Scores and labels are numbers.
        case regression
    }

    /// The figures so far; nil where they are not defined, as a mean of nothing.
    package struct Summary: Sendable, Hashable {
        /// The rows judged.
        package var count: UInt64 = 0
        /// The rows not judged, since score or label was not finite.
        package var skipped: UInt64 = 0

        /// The rows whose label is true.
        package var positives: UInt64?
        /// The mean of −ln P(label), each P at least 1e-15.
        package var logLoss: Double?
        package var accuracy: Double?
        package var precision: Double?
        package var recall: Double?
        package var f1: Double?
        package var areaUnderROC: Double?
        /// By how much ``areaUnderROC`` may differ from that of the exact scores.
        package var areaUnderROCBound: Double?
        /// The sum over thresholds of precision times the gain in recall, without interpolation.
        package var averagePrecision: Double?
        /// By how much ``averagePrecision`` may differ from that of the exact scores.
        package var averagePrecisionBound: Double?

        package var meanAbsoluteError: Double?
        package var rootMeanSquaredError: Double?
        /// 1 − squared errors / squared deviations of the labels from their mean.
        package var r2: Double?
    }

    package let task: Task

    private var count: UInt64 = 0
    private var skipped: UInt64 = 0

    // Classification.
    private var logLossSum = 0.0
    private var truePositives: UInt64 = 0
    private var falsePositives: UInt64 = 0
    private var positives: UInt64 = 0
    /// Negatives and positives of bin b at 2 b and 2 b + 1.
    private var histogram: [UInt64]

    // Regression.
    private var absoluteErrorSum = 0.0
    private var squaredErrorSum = 0.0
    private var labelMean = 0.0
    private var labelSquares = 0.0

    private static let logOddsMax = 24.0
    private static let binsPerUnit = 128.0
    package static let binCount = 6144
    /// The least probability in the log loss.
    private static let probabilityMin = 1e-15

    package init(_ task: Task) {
        self.task = task
        histogram = task == .regression ? [] : Array(repeating: 0, count: 2 * Self.binCount)
    }

    /// The metrics that suit a linear model.
    package init(_ options: LinearOptions) {
        switch options.algorithm {
        case .logisticRegression: self.init(.classification(threshold: options.threshold))
        case .linearRegression: self.init(.regression)
        }
    }

    /// Judges one answer.
    ///
    /// - Parameters:
    ///   - score: the answer given before the lesson was learnt; a probability beyond 0...1 counts as 0 or 1.
    ///   - label: the truth.
    /// - Complexity: O(1), no allocation.
    package mutating func add(score: Double, label: Double) {
        guard score.isFinite, label.isFinite else {
            skipped &+= 1
            return
        }
        count &+= 1
        switch task {
        case .classification(let threshold): addAnswer(min(max(score, 0), 1), label >= 0.5, threshold)
        case .regression: addNumber(clamped(score, to: magnitudeMax), clamped(label, to: magnitudeMax))
        }
    }

    @inline(__always)
    private mutating func addAnswer(_ probability: Double, _ isPositive: Bool, _ threshold: Double) {
        let logTrue = logarithm(probability)
        let logFalse = logarithm(1 - probability)
        logLossSum -= max(isPositive ? logTrue : logFalse, Self.logProbabilityMin)

        let logOdds = clamped(logTrue - logFalse, to: Self.logOddsMax)
        let bin = min(Int((logOdds + Self.logOddsMax) * Self.binsPerUnit), Self.binCount - 1)
        let one: UInt64 = isPositive ? 1 : 0
        histogram[2 * bin + Int(one)] &+= 1
        positives &+= one
        if probability >= threshold {
            truePositives &+= one
            falsePositives &+= 1 - one
        }
    }

    private static let logProbabilityMin = logarithm(probabilityMin)

    @inline(__always)
    private mutating func addNumber(_ score: Double, _ label: Double) {
        let error = score - label
        absoluteErrorSum += error.magnitude
        squaredErrorSum += error * error
        let delta = label - labelMean
        labelMean += delta / Double(count)
        labelSquares += delta * (label - labelMean)
    }
}

// MARK: - Figures

extension ProgressiveMetrics {
    /// The figures so far.
    ///
    /// - Complexity: O(bins).
    package var summary: Summary {
        var summary = Summary()
        summary.count = count
        summary.skipped = skipped
        switch task {
        case .classification: summarizeAnswers(&summary)
        case .regression: summarizeNumbers(&summary)
        }
        return summary
    }

    private func summarizeAnswers(_ summary: inout Summary) {
        func ratio(_ part: UInt64, _ whole: UInt64) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
        let falseNegatives = positives - truePositives
        summary.positives = positives
        summary.logLoss = count == 0 ? nil : logLossSum / Double(count)
        summary.accuracy = ratio(count - falsePositives - falseNegatives, count)
        summary.precision = ratio(truePositives, truePositives + falsePositives)
        summary.recall = ratio(truePositives, positives)
        summary.f1 = ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
        summarizeCurves(&summary)
    }

    /// Walks the bins from the highest score down; `trues` and `falses` are the labels above the bin.
    private func summarizeCurves(_ summary: inout Summary) {
        let (allTrue, allFalse) = (Double(positives), Double(count - positives))
        guard allTrue > 0 else { return }
        var (trues, falses) = (0.0, 0.0)
        var (pairs, tiedPairs, precision, precisionRange) = (0.0, 0.0, 0.0, 0.0)
        for bin in stride(from: Self.binCount - 1, through: 0, by: -1) {
            let binFalse = Double(histogram[2 * bin])
            let binTrue = Double(histogram[2 * bin + 1])
            pairs += binFalse * trues
            tiedPairs += binFalse * binTrue
            if binTrue > 0 {
                precision += binTrue * (trues + binTrue) / (trues + binTrue + falses + binFalse)
                let highest = (trues + binTrue) / (trues + binTrue + falses)
                let lowest = (trues + 1) / (trues + 1 + falses + binFalse)
                precisionRange += binTrue * (highest - lowest)
            }
            trues += binTrue
            falses += binFalse
        }
        summary.averagePrecision = precision / allTrue
        summary.averagePrecisionBound = precisionRange / allTrue
        guard allFalse > 0 else { return }
        summary.areaUnderROC = (pairs + tiedPairs / 2) / (allTrue * allFalse)
        summary.areaUnderROCBound = tiedPairs / 2 / (allTrue * allFalse)
    }

    private func summarizeNumbers(_ summary: inout Summary) {
        guard count > 0 else { return }
        summary.meanAbsoluteError = absoluteErrorSum / Double(count)
        summary.rootMeanSquaredError = (squaredErrorSum / Double(count)).squareRoot()
        summary.r2 = labelSquares > 0 ? 1 - squaredErrorSum / labelSquares : nil
    }
}

// MARK: - State

extension ProgressiveMetrics {
    private static let mark: UInt32 = 0x4D4E_4C4D
    private static let version: UInt16 = 1

    /// Appends the whole state; bins that are empty take no bytes.
    package func encode(into bytes: inout [UInt8]) {
        var writer = StateWriter(appendingTo: bytes)
        writer.write(Self.mark)
        writer.write(Self.version)
        switch task {
        case .classification(let threshold):
            writer.write(UInt8(0))
            writer.write(threshold)
        case .regression: writer.write(UInt8(1))
        }
        for value in [count, skipped, truePositives, falsePositives, positives] { writer.write(value) }
        for value in [logLossSum, absoluteErrorSum, squaredErrorSum, labelMean, labelSquares] { writer.write(value) }
        writer.write(UInt64(histogram.count { $0 != 0 }))
        for (index, value) in histogram.enumerated() where value != 0 {
            writer.write(UInt32(index))
            writer.write(value)
        }
        bytes = writer.finish()
    }

    /// The metrics that ``encode(into:)`` wrote.
    ///
    /// - Throws: ``ModelError`` unless `bytes` is one whole state of this version whose counts agree.
    package init(decoding bytes: [UInt8]) throws(ModelError) {
        var reader = try StateReader(bytes)
        try reader.readHeader(Self.mark, version: Self.version)
        switch try reader.read(UInt8.self) {
        case 0: self.init(.classification(threshold: try reader.readNumber()))
        case 1: self.init(.regression)
        default: throw reader.malformed("the task is unknown")
        }
        count = try reader.read()
        skipped = try reader.read()
        truePositives = try reader.read()
        falsePositives = try reader.read()
        positives = try reader.read()
        let sums = 0...Double.greatestFiniteMagnitude
        logLossSum = try reader.readNumber(in: sums)
        absoluteErrorSum = try reader.readNumber(in: sums)
        squaredErrorSum = try reader.readNumber(in: sums)
        labelMean = try reader.readNumber()
        labelSquares = try reader.readNumber(in: sums)
        var next = 0
        for _ in 0..<(try reader.readCount(max: histogram.count)) {
            let index = Int(try reader.read(UInt32.self))
            guard index >= next, index < histogram.count else { throw reader.malformed("a bin is out of order") }
            histogram[index] = try reader.read()
            next = index + 1
        }
        try reader.expectEnd()
        guard countsAgree else { throw reader.malformed("its counts do not agree") }
    }

    private var countsAgree: Bool {
        guard task != .regression else { return truePositives == 0 && falsePositives == 0 && positives == 0 }
        var (falses, trues) = (UInt64(0), UInt64(0))
        for bin in 0..<Self.binCount {
            let (nextFalses, overflowFalse) = falses.addingReportingOverflow(histogram[2 * bin])
            let (nextTrues, overflowTrue) = trues.addingReportingOverflow(histogram[2 * bin + 1])
            guard !overflowFalse, !overflowTrue else { return false }
            (falses, trues) = (nextFalses, nextTrues)
        }
        return positives == trues && count >= trues && count - trues == falses
            && truePositives <= trues && falsePositives <= falses
    }
}
