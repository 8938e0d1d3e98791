import Foundation
import Testing

@testable import MutstreamModels

/// SplitMix64 (Steele, Lea and Flood 2014), seeded from `MUTSTREAM_SEED`, else by a fixed number; prints its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(_ name: String = #function) {
        let seed = ProcessInfo.processInfo.environment["MUTSTREAM_SEED"].flatMap { UInt64($0) } ?? 20_240_101
        print("MUTSTREAM_SEED=\(seed) (\(name))")
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var x = state
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }

    mutating func number(_ range: ClosedRange<Double> = -1...1) -> Double { .random(in: range, using: &self) }
}

/// An example that owns its features.
struct Example {
    var numeric: [Double] = []
    var text: [UInt64] = []
    var label = 0.0

    func withFeatures<Result>(_ body: (Features) -> Result) -> Result {
        numeric.withUnsafeBufferPointer { numeric in
            text.withUnsafeBufferPointer { body(Features(numeric: numeric, text: $0)) }
        }
    }
}

extension LinearModel {
    func predict(_ example: Example) -> Double { example.withFeatures(predict) }

    func learn(_ example: Example, weight: Double = 1) {
        example.withFeatures { learn($0, label: example.label, weight: weight) }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}

func hash(_ text: String, column: Int = 0) -> UInt64 {
    Array(text.utf8).withUnsafeBytes { hashText($0, column: column) }
}

/// An algorithm and an optimizer with their defaults, as arguments of the checks that every model passes.
struct Kind: CustomTestStringConvertible, Sendable {
    var algorithm: LinearOptions.Algorithm
    var optimizer: LinearOptions.Optimizer
    var standardize = true

    static let all = LinearOptions.Algorithm.allCases.flatMap { algorithm in
        LinearOptions.Optimizer.allCases.flatMap { optimizer in
            [true, false].map { Kind(algorithm: algorithm, optimizer: optimizer, standardize: $0) }
        }
    }

    var isLogistic: Bool { algorithm == .logisticRegression }
    var untaught: Double { isLogistic ? 0.5 : 0 }
    var testDescription: String { "\(algorithm.rawValue), \(optimizer.rawValue), standardize \(standardize)" }

    func options(_ more: [(name: String, value: String)] = []) throws -> LinearOptions {
        try LinearOptions(
            with: [
                ("algorithm", algorithm.rawValue), ("optimizer", optimizer.rawValue),
                ("standardize", standardize ? "true" : "false"), ("hash_bits", "12"),
            ] + more)
    }

    func model(numeric: Int, text: Int = 0) throws -> LinearModel {
        LinearModel(try options(), numericCount: numeric, textCount: text)
    }

    /// Random examples of two numbers and a text, some missing, whose label depends on all.
    func examples(_ count: Int, _ random: inout SplitMix64) -> [Example] {
        (0..<count).map { _ in
            let x = [random.number(), random.number()]
            let word = Int.random(in: 0..<5, using: &random)
            let y = 2 * x[0] - x[1] + Double(word) - 2
            let numeric = x.map { random.number() > 0.9 ? .nan : $0 }
            let text = random.number() > 0.9 ? 0 : hash("word \(word)")
            return Example(numeric: numeric, text: [text], label: isLogistic ? (y > 0 ? 1 : 0) : y)
        }
    }
}
