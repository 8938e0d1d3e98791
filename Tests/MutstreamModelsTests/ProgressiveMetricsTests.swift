import Foundation
import Testing

@testable import MutstreamModels

/// The exact areas under the ROC and precision-recall curves by sorting; tied scores share one threshold.
private func exactCurves(_ rows: [(score: Double, label: Double)]) -> (roc: Double, precision: Double) {
    let rows = rows.sorted { $0.score > $1.score }
    let allTrue = rows.reduce(0) { $0 + $1.label }
    var (trues, falses, pairs, precision) = (0.0, 0.0, 0.0, 0.0)
    var first = 0
    while first < rows.count {
        let tied = rows[first...].prefix { $0.score == rows[first].score }
        let tiedTrue = tied.reduce(0) { $0 + $1.label }
        let tiedFalse = Double(tied.count) - tiedTrue
        pairs += tiedFalse * (trues + tiedTrue / 2)
        trues += tiedTrue
        falses += tiedFalse
        precision += tiedTrue / allTrue * trues / (trues + falses)
        first += tied.count
    }
    return (pairs / (trues * falses), precision)
}

struct ProgressiveMetricsTests {
    private func classify(_ rows: [(score: Double, label: Double)], threshold: Double = 0.5) -> ProgressiveMetrics {
        var metrics = ProgressiveMetrics(.classification(threshold: threshold))
        for row in rows { metrics.add(score: row.score, label: row.label) }
        return metrics
    }

    @Test func `nothing judged gives no figures`() {
        var expected = ProgressiveMetrics.Summary()
        #expect(ProgressiveMetrics(.regression).summary == expected)
        expected.positives = 0
        #expect(classify([]).summary == expected)
    }

    @Test func `a small table gives the figures of the textbook`() throws {
        let summary = classify([(0.9, 1), (0.8, 0), (0.6, 1), (0.4, 1), (0.2, 0), (0.1, 0)]).summary
        #expect(summary.count == 6 && summary.positives == 3 && summary.skipped == 0)
        #expect(summary.accuracy == 4.0 / 6)
        #expect(summary.precision == 2.0 / 3)
        #expect(summary.recall == 2.0 / 3)
        #expect(summary.f1 == 2.0 / 3)
        #expect(summary.areaUnderROC == 7.0 / 9)
        let precisions: [Double] = [1, 2.0 / 3, 3.0 / 4]
        let precision = precisions.reduce(0, +) / 3
        #expect(abs(try #require(summary.averagePrecision) - precision) < 1e-15)
        let probabilities: [Double] = [0.9, 0.2, 0.6, 0.4, 0.8, 0.9]
        let loss = probabilities.reduce(0) { $0 - log($1) } / 6
        #expect(abs(try #require(summary.logLoss) - loss) < 1e-12)
        #expect(summary.areaUnderROCBound == 0)
    }

    @Test func `an answer at the threshold counts as true`() {
        #expect(classify([(0.3, 1), (0.29, 1)], threshold: 0.3).summary.recall == 0.5)
    }

    @Test func `one label alone has no area under ROC`() {
        let summary = classify([(0.3, 0), (0.7, 0)]).summary
        #expect(summary.areaUnderROC == nil && summary.averagePrecision == nil && summary.recall == nil)
        #expect(classify([(0.3, 1)]).summary.areaUnderROC == nil)
        #expect(classify([(0.3, 1)]).summary.averagePrecision == 1)
    }

    @Test func `certain wrong answers cost a bounded loss`() throws {
        let summary = classify([(0, 1), (1, 0), (-5, 1), (1e300, 0)]).summary
        #expect(abs(try #require(summary.logLoss) + log(1e-15)) < 1e-9)
        #expect(summary.areaUnderROC == 0)
    }

    @Test func `what is not finite is skipped and counted`() {
        let rows = [(score: Double.nan, label: 1.0), (.infinity, 0), (0.5, .nan), (0.5, 1)]
        #expect(classify(rows).summary.skipped == 3)
        #expect(classify(rows).summary.count == 1)
    }

    @Test(arguments: [0.0, 4, 12], [1, 50, 5000])
    func `the areas agree with an exact oracle within the reported bounds`(shift: Double, distinct: Int) throws {
        var random = SplitMix64()
        for spread in [0.001, 1, 8, 60] {
            let rows = (0..<4000).map { _ in
                let label = random.number(0...1) < 0.1 ? 1.0 : 0.0
                let noise = random.number() + random.number()
                let level = ((noise + label) * Double(distinct)).rounded() / Double(distinct)
                return (score: probability(level * spread - shift), label: label)
            }
            let exact = exactCurves(rows)
            let summary = classify(rows).summary
            let rocError = abs(try #require(summary.areaUnderROC) - exact.roc)
            let precisionError = abs(try #require(summary.averagePrecision) - exact.precision)
            #expect(rocError <= (try #require(summary.areaUnderROCBound)) + 1e-12)
            #expect(precisionError <= (try #require(summary.averagePrecisionBound)) + 1e-12)
            if (1...8).contains(spread) { #expect(rocError < 0.001 && precisionError < 0.005) }
        }
    }

    @Test func `all scores tied give half and the share of positives`() {
        let summary = classify((0..<100).map { (0.5, $0 < 30 ? 1 : 0) }).summary
        #expect(summary.areaUnderROC == 0.5)
        #expect(summary.averagePrecision == 0.3)
    }

    @Test func `regression agrees with two passes`() throws {
        var random = SplitMix64()
        let rows = (0..<5000).map { _ in
            let label = 1e6 + random.number()
            return (score: label + 0.1 * random.number(), label: label)
        }
        var metrics = ProgressiveMetrics(.regression)
        for row in rows { metrics.add(score: row.score, label: row.label) }
        let n = Double(rows.count)
        let mean = rows.reduce(0) { $0 + $1.label } / n
        let squares = rows.reduce(0) { $0 + pow($1.score - $1.label, 2) }
        let deviations = rows.reduce(0) { $0 + pow($1.label - mean, 2) }
        let absolute = rows.reduce(0) { $0 + abs($1.score - $1.label) } / n
        let summary = metrics.summary
        #expect(abs(try #require(summary.meanAbsoluteError) - absolute) < 1e-12)
        #expect(abs(try #require(summary.rootMeanSquaredError) - sqrt(squares / n)) < 1e-12)
        #expect(abs(try #require(summary.r2) - (1 - squares / deviations)) < 1e-9)
        #expect(summary.positives == nil && summary.logLoss == nil)
    }

    @Test func `regression figures stay finite and are absent where undefined`() {
        var metrics = ProgressiveMetrics(.regression)
        metrics.add(score: 1, label: 2)
        #expect(metrics.summary.r2 == nil)
        for index in 0..<1000 { metrics.add(score: index % 2 == 0 ? 1e308 : -1e308, label: -1e308) }
        let summary = metrics.summary
        for figure in [summary.meanAbsoluteError, summary.rootMeanSquaredError, summary.r2] {
            #expect(figure?.isFinite == true)
        }
    }

    @Test func `a decoded state gives equal figures and goes on equally`() throws {
        var random = SplitMix64()
        for task in [ProgressiveMetrics.Task.classification(threshold: 0.25), .regression] {
            var metrics = ProgressiveMetrics(task)
            for _ in 0..<1000 { metrics.add(score: random.number(0...1), label: random.number() > 0 ? 1 : 0) }
            var bytes: [UInt8] = []
            metrics.encode(into: &bytes)
            var decoded = try ProgressiveMetrics(decoding: bytes)
            #expect(decoded.task == task && decoded.summary == metrics.summary)
            decoded.add(score: 0.3, label: 1)
            metrics.add(score: 0.3, label: 1)
            #expect(decoded.summary == metrics.summary)
            for length in stride(from: 0, to: bytes.count, by: 7) {
                #expect(throws: ModelError.self) { try ProgressiveMetrics(decoding: Array(bytes[..<length])) }
            }
            for index in stride(from: 0, to: bytes.count, by: 5) {
                var flipped = bytes
                flipped[index] ^= 4
                #expect(throws: ModelError.self) { try ProgressiveMetrics(decoding: flipped) }
            }
        }
        var other: [UInt8] = []
        LinearModel(LinearOptions(), numericCount: 1, textCount: 0).encode(into: &other)
        #expect(throws: ModelError.self) { try ProgressiveMetrics(decoding: other) }
    }

    @Test func `the metrics of a model follow its options`() throws {
        let logistic = try LinearOptions(with: [("threshold", "0.2")])
        #expect(ProgressiveMetrics(logistic).task == .classification(threshold: 0.2))
        #expect(ProgressiveMetrics(LinearOptions(algorithm: .linearRegression)).task == .regression)
    }
}
