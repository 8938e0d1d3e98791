import Foundation
import Testing

@testable import MutstreamModels

/// FTRL-proximal with standardisation, written from the paper: weights by name, recomputed at each use.
private struct ReferenceFTRL {
    var alpha: Double
    var beta: Double
    var l1: Double
    var l2: Double
    var clip: Double?
    var z: [String: Double] = [:]
    var n: [String: Double] = [:]
    var seen: [[Double]] = [[], []]

    func weight(_ name: String) -> Double {
        let (z, n) = (z[name, default: 0], n[name, default: 0])
        let (l1, l2) = name == "bias" ? (0, 0) : (l1, l2)
        if abs(z) <= l1 { return 0 }
        return -1 / ((beta + sqrt(n)) / alpha + l2) * (z - (z < 0 ? -1 : 1) * l1)
    }

    func features(_ example: Example) -> [(name: String, value: Double)] {
        var features = [(name: "bias", value: 1.0)]
        for (index, x) in example.numeric.enumerated() where !x.isNaN {
            guard let clip else {
                features.append(("number \(index)", x))
                continue
            }
            let values = seen[index]
            guard values.count > 1 else { continue }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            features.append(("number \(index)", max(-clip, min(clip, (x - mean) / sqrt(variance)))))
        }
        for text in example.text where text != 0 { features.append(("slot \(text >> 52)", 1)) }
        return features
    }

    func score(_ features: [(name: String, value: Double)]) -> Double {
        features.reduce(0) { $0 + weight($1.name) * $1.value }
    }

    func predict(_ example: Example) -> Double { 1 / (1 + exp(-score(features(example)))) }

    mutating func learn(_ example: Example) {
        let features = features(example)
        let p = 1 / (1 + exp(-score(features)))
        let weights = features.map { weight($0.name) }
        for ((name, value), w) in zip(features, weights) {
            let g = (p - example.label) * value
            let sigma = (sqrt(n[name, default: 0] + g * g) - sqrt(n[name, default: 0])) / alpha
            z[name, default: 0] += g - sigma * w
            n[name, default: 0] += g * g
        }
        for (index, x) in example.numeric.enumerated() where !x.isNaN { seen[index].append(x) }
    }
}

struct OptimizerTests {
    @Test(arguments: [true, false], [("1", "1", "0", "0"), ("0.3", "0", "0.5", "2"), ("2", "1", "0", "1")])
    func `FTRL agrees with a row-at-a-time reference`(
        standardize: Bool, numbers: (alpha: String, beta: String, l1: String, l2: String)
    ) throws {
        var random = SplitMix64()
        let kind = Kind(algorithm: .logisticRegression, optimizer: .ftrl, standardize: standardize)
        let options = try kind.options([
            ("learning_rate", numbers.alpha), ("beta", numbers.beta), ("l1", numbers.l1), ("l2", numbers.l2),
        ])
        let model = LinearModel(options, numericCount: 2, textCount: 1)
        var reference = ReferenceFTRL(
            alpha: options.learningRate, beta: options.beta, l1: options.l1, l2: options.l2,
            clip: standardize ? options.clip : nil)
        var error = 0.0
        for var example in kind.examples(1500, &random) {
            if random.number() > 0.98 { example.numeric[0] *= 100 }
            error = max(error, abs(model.predict(example) - reference.predict(example)))
            model.learn(example)
            reference.learn(example)
        }
        #expect(error < 1e-9)
    }

    @Test func `FTRL with l1 keeps a useless weight at exactly 0`() {
        var random = SplitMix64()
        let rule = FTRL(alpha: 1, beta: 1, l1: 50, l2: 0)
        var useless = FTRL.Slot.untaught
        var useful = FTRL.Slot.untaught
        for _ in 0..<200 {
            rule.step(&useless, gradient: random.number())
            rule.step(&useful, gradient: -1)
        }
        #expect(useless.weight == 0)
        #expect(useful.weight > 0)
    }

    @Test func `AdaGrad follows its formula`() {
        let rule = AdaGrad(learningRate: 0.5, l2: 0)
        var slot = AdaGrad.Slot.untaught
        rule.step(&slot, gradient: 0)
        #expect(slot.weight == 0)
        rule.step(&slot, gradient: 3)
        #expect(slot.weight == -0.5)
        rule.step(&slot, gradient: 4)
        #expect(abs(slot.weight - (-0.5 - 0.5 * 4 / 5)) < 1e-15)
    }

    @Test func `SGD follows its formula`() {
        let rule = SGD(learningRate: 0.5, l2: 2)
        var slot = SGD.Slot(weight: 4)
        rule.step(&slot, gradient: 1)
        #expect(slot.weight == 4 / 2 - 0.5)
        #expect(rule.damped(3, squaredLength: 4) == 1)
    }

    @Test func `the statistics agree with two passes`() {
        var random = SplitMix64()
        let standardizer = Standardizer(count: 2, clip: 1e9, isOn: true)
        defer { standardizer.deallocate() }
        var values: [[Double]] = [[], []]
        for _ in 0..<10_000 {
            let row = [1e9 + random.number(), random.number() > 0.5 ? .nan : exp(5 * random.number())]
            row.withUnsafeBufferPointer { standardizer.observe($0) }
            for index in 0..<2 where !row[index].isNaN { values[index].append(row[index]) }
        }
        for index in 0..<2 {
            let n = Double(values[index].count)
            let mean = values[index].reduce(0, +) / n
            let deviation = sqrt(values[index].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n)
            #expect(abs(standardizer.mean(index) / mean - 1) < 1e-12)
            #expect(abs(standardizer.deviation(index) / deviation - 1) < 1e-6)
        }
    }
}
