import Foundation
import Testing

@testable import MutstreamModels

struct LinearModelTests {
    @Test(arguments: Kind.all)
    func `an untaught model gives the neutral answer exactly`(kind: Kind) throws {
        let model = try kind.model(numeric: 2, text: 1)
        for numeric in [[0, 0], [1e308, -1e308], [.nan, .infinity], [-0.0, .leastNonzeroMagnitude]] {
            #expect(model.predict(Example(numeric: numeric, text: [hash("x")])) == kind.untaught)
        }
        #expect(model.lessonCount == 0)
    }

    @Test(arguments: Kind.all)
    func `a line is learnt`(kind: Kind) throws {
        var random = SplitMix64()
        let model = try kind.model(numeric: 2)
        func example() -> Example {
            let x = [random.number(), random.number()]
            let y = 3 * x[0] - 2 * x[1] + 0.5
            return Example(numeric: x, label: kind.isLogistic ? (y > 0 ? 1 : 0) : y)
        }
        for _ in 0..<20_000 { model.learn(example()) }
        var wrong = 0
        var error = 0.0
        for _ in 0..<1000 {
            let example = example()
            let answer = model.predict(example)
            if (answer > 0.5) != (example.label > 0.5) { wrong += 1 }
            error = max(error, (answer - example.label).magnitude)
        }
        if kind.isLogistic { #expect(wrong < 25) } else { #expect(error < 0.05) }
    }

    @Test(arguments: Kind.all.filter { $0.standardize })
    func `the unit of a feature does not matter when it is standardised`(kind: Kind) throws {
        var random = SplitMix64()
        let (small, large) = (try kind.model(numeric: 2, text: 1), try kind.model(numeric: 2, text: 1))
        for example in kind.examples(2000, &random) {
            var scaled = example
            scaled.numeric = [example.numeric[0] * 0x1p40, example.numeric[1] * 0x1p-40]
            #expect(small.predict(example) == large.predict(scaled))
            small.learn(example)
            large.learn(scaled)
        }
    }

    @Test(arguments: Kind.all.filter { $0.standardize && !$0.isLogistic })
    func `the unit of the label does not matter when it is standardised`(kind: Kind) throws {
        var random = SplitMix64()
        let (small, large) = (try kind.model(numeric: 2, text: 1), try kind.model(numeric: 2, text: 1))
        for example in kind.examples(2000, &random) {
            var scaled = example
            scaled.label *= 0x1p30
            #expect(small.predict(example) * 0x1p30 == large.predict(scaled))
            small.learn(example)
            large.learn(scaled)
        }
    }

    @Test(arguments: Kind.all)
    func `equal lessons in equal order give equal bytes and another order others`(kind: Kind) throws {
        var random = SplitMix64()
        let examples = kind.examples(500, &random)
        func taught(_ examples: [Example]) throws -> [UInt8] {
            let model = try kind.model(numeric: 2, text: 1)
            for example in examples { model.learn(example) }
            return model.encoded
        }
        let first = try taught(examples)
        #expect(try taught(examples) == first)
        #expect(try taught(examples.reversed()) != first)
    }

    @Test(arguments: Kind.all)
    func `a question changes nothing`(kind: Kind) throws {
        var random = SplitMix64()
        let examples = kind.examples(200, &random)
        let model = try kind.model(numeric: 2, text: 1)
        for example in examples { model.learn(example) }
        let before = model.encoded
        for example in examples { _ = model.predict(example) }
        #expect(model.encoded == before)
    }

    @Test(arguments: Kind.all)
    func `a missing value answers as the bias and teaches only the bias`(kind: Kind) throws {
        var random = SplitMix64()
        let model = try kind.model(numeric: 2, text: 1)
        for example in kind.examples(500, &random) { model.learn(example) }
        let missing: [Double] = [.nan, .infinity, -.infinity, .signalingNaN]
        let answers = missing.map { model.predict(Example(numeric: [$0, $0], text: [0])) }
        #expect(Set(answers).count == 1)

        // Beside the bias nothing differs from a model that has taken a lesson without features.
        let blank = LinearModel(try kind.options(), numericCount: 0, textCount: 0)
        let empty = try kind.model(numeric: 2, text: 1)
        for label in [1.0, 0, 1, 1] {
            blank.learn(Example(label: label))
            empty.learn(Example(numeric: [.nan, -.infinity], text: [0], label: label))
        }
        let answer = blank.predict(Example())
        #expect(answer == empty.predict(Example(numeric: [.nan, .nan], text: [0])))
        #expect(answer == empty.predict(Example(numeric: [7, -7], text: [hash("new")])) || !kind.standardize)
    }

    @Test(arguments: Kind.all)
    func `a feature that does not vary adds nothing when standardised`(kind: Kind) throws {
        var random = SplitMix64()
        let (with, without) = (try kind.model(numeric: 3, text: 1), try kind.model(numeric: 2, text: 1))
        guard kind.standardize else { return }
        for example in kind.examples(500, &random) {
            var wider = example
            wider.numeric.append(0.1)
            #expect(with.predict(wider) == without.predict(example))
            with.learn(wider)
            without.learn(example)
        }
    }

    @Test(arguments: Kind.all)
    func `extreme values leave every answer and state finite`(kind: Kind) throws {
        var random = SplitMix64()
        let model = try kind.model(numeric: 3, text: 2)
        let numbers: [Double] = [
            1e308, -1e308, 1e-308, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0, -0.0, .nan, .infinity,
            -.infinity, 1, -1, 1e100, 1e150, -1e200,
        ]
        let labels: [Double] = [0, 1, 1e308, -1e308, .nan, .infinity, .leastNormalMagnitude, 0.5, -1]
        let weights: [Double] = [1, 1e308, .leastNonzeroMagnitude, 0, -1, .nan, .infinity, 1e6]
        for round in 0..<20_000 {
            // Runs of one value, alternations of two, then any mixture.
            func pick(_ list: [Double]) -> Double {
                switch round / 5000 {
                case 0: list[round / 300 % list.count]
                case 1: list[(round / 300 + round % 2) % list.count]
                default: list.randomElement(using: &random)!
                }
            }
            let text = [0, 1, UInt64.max, hash("a")].randomElement(using: &random)!
            let example = Example(
                numeric: [pick(numbers), pick(numbers), -pick(numbers)], text: [text, text], label: pick(labels))
            let answer = model.predict(example)
            #expect(answer.isFinite && (!kind.isLogistic || 0...1 ~= answer))
            model.learn(example, weight: pick(weights))
        }
        let decoded = try LinearModel(decoding: model.encoded)
        #expect(decoded.encoded == model.encoded)
    }

    @Test(arguments: [1e-6, 1e6])
    func `extreme options leave every answer finite`(rate: Double) throws {
        var random = SplitMix64()
        for kind in Kind.all {
            let zero = kind.optimizer == .ftrl ? [(name: "beta", value: "0"), (name: "l1", value: "1e-3")] : []
            let options = try kind.options(zero + [("learning_rate", "\(rate)"), ("l2", "1e6")])
            let model = LinearModel(options, numericCount: 2, textCount: 1)
            for example in kind.examples(2000, &random) {
                var example = example
                if random.number() > 0.9 { example.numeric[0] = 1e300 }
                #expect(model.predict(example).isFinite)
                model.learn(example)
            }
            #expect(throws: Never.self) { try LinearModel(decoding: model.encoded) }
        }
    }

    @Test(arguments: Kind.all)
    func `texts alone are learnt and columns kept apart`(kind: Kind) throws {
        let model = try kind.model(numeric: 0, text: 2)
        let rows = [("a", "b", 1.0), ("b", "a", 0.0), ("", "b", 1.0), ("b", "", 0.0)]
        for _ in 0..<3000 {
            for (first, second, label) in rows {
                model.learn(Example(text: [hash(first, column: 0), hash(second, column: 1)], label: label))
            }
        }
        for (first, second, label) in rows {
            let answer = model.predict(Example(text: [hash(first, column: 0), hash(second, column: 1)]))
            #expect((answer - label).magnitude < 0.1)
        }
    }

    @Test(arguments: Kind.all)
    func `a lesson that cannot be believed is ignored`(kind: Kind) throws {
        let model = try kind.model(numeric: 1)
        model.learn(Example(numeric: [1], label: 1))
        model.learn(Example(numeric: [2], label: 0))
        let before = model.encoded
        for label in [Double.nan, .infinity, -.infinity] { model.learn(Example(numeric: [1], label: label)) }
        for weight in [0, -1, .nan, Double.infinity] { model.learn(Example(numeric: [1], label: 1), weight: weight) }
        #expect(model.encoded == before)
        #expect(model.lessonCount == 2)
    }

    @Test func `a weight of two pulls harder than one`() throws {
        for kind in Kind.all where kind.isLogistic {
            let (light, heavy) = (try kind.model(numeric: 0, text: 1), try kind.model(numeric: 0, text: 1))
            for label in [0.0, 1, 0] {
                light.learn(Example(text: [hash("a")], label: label), weight: label == 1 ? 1 : 0.5)
                heavy.learn(Example(text: [hash("a")], label: label), weight: label == 1 ? 4 : 0.5)
            }
            #expect(heavy.predict(Example(text: [hash("a")])) > light.predict(Example(text: [hash("a")])))
        }
    }

    @Test func `labels beyond 0 and 1 count as 0 and 1`() {
        let (plain, beyond) = (
            LinearModel(LinearOptions(), numericCount: 0, textCount: 0),
            LinearModel(LinearOptions(), numericCount: 0, textCount: 0)
        )
        for (label, odd) in [(1.0, 7.0), (0, -3), (1, 1.5)] {
            plain.learn(Example(label: label))
            beyond.learn(Example(label: odd))
        }
        #expect(plain.encoded == beyond.encoded)
    }

    @Test(arguments: Kind.all)
    func `a reset model equals a new one`(kind: Kind) throws {
        var random = SplitMix64()
        let model = try kind.model(numeric: 2, text: 1)
        let new = model.encoded
        for example in kind.examples(100, &random) { model.learn(example) }
        #expect(model.encoded != new)
        model.reset()
        #expect(model.encoded == new)
    }

    @Test func `memory does not grow with texts never seen before`() throws {
        let model = LinearModel(try LinearOptions(with: [("hash_bits", "10")]), numericCount: 1, textCount: 1)
        var random = SplitMix64()
        func residentBytes() -> Int {
            let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
            return pages.flatMap { Int($0) }.map { $0 * 4096 } ?? 0
        }
        var example = Example(numeric: [0], text: [0])
        let before = residentBytes()
        for _ in 0..<1_000_000 {
            example.numeric[0] = random.number()
            example.text[0] = random.next()
            example.label = example.numeric[0] > 0 ? 1 : 0
            _ = model.predict(example)
            model.learn(example)
        }
        // Other tests run beside this one; keeping the texts would take more.
        #expect(residentBytes() - before < 48 << 20)
        #expect(model.encoded.count <= 200 + 1026 * 28)
    }
}

// MARK: - State

struct LinearModelStateTests {
    @Test(arguments: Kind.all)
    func `a decoded model answers and learns on equally to the bit`(kind: Kind) throws {
        var random = SplitMix64()
        let examples = kind.examples(1000, &random)
        let model = try kind.model(numeric: 2, text: 1)
        for example in examples.prefix(500) { model.learn(example) }
        let decoded = try LinearModel(decoding: model.encoded)
        #expect(decoded.options == model.options)
        #expect(decoded.lessonCount == 500)
        for example in examples.suffix(500) {
            #expect(decoded.predict(example) == model.predict(example))
            decoded.learn(example)
            model.learn(example)
        }
        #expect(decoded.encoded == model.encoded)
    }

    @Test func `a state is appended behind what is there`() throws {
        let model = LinearModel(LinearOptions(), numericCount: 1, textCount: 0)
        var bytes: [UInt8] = [1, 2, 3]
        model.encode(into: &bytes)
        #expect(bytes == [1, 2, 3] + model.encoded)
    }

    @Test(arguments: LinearOptions.Optimizer.allCases)
    func `every damaged state is refused`(optimizer: LinearOptions.Optimizer) throws {
        var random = SplitMix64()
        let kind = Kind(algorithm: .linearRegression, optimizer: optimizer)
        let model = try kind.model(numeric: 2, text: 1)
        for example in kind.examples(50, &random) { model.learn(example) }
        let bytes = model.encoded
        for length in 0..<bytes.count {
            #expect(throws: ModelError.self) { try LinearModel(decoding: Array(bytes[..<length])) }
        }
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(throws: ModelError.self) { try LinearModel(decoding: flipped) }
        }
        #expect(throws: ModelError.self) { try LinearModel(decoding: bytes + [0]) }
    }

    @Test func `a state with a true check but unsound values is refused`() throws {
        let model = LinearModel(try LinearOptions(with: [("hash_bits", "4")]), numericCount: 1, textCount: 1)
        model.learn(Example(numeric: [1], text: [hash("a")], label: 1))
        model.learn(Example(numeric: [2], text: [hash("b")], label: 0))
        var random = SplitMix64()
        let payload = Array(model.encoded.dropLast(8))
        var refused = 0
        for index in payload.indices {
            var changed = payload
            changed[index] = UInt8.random(in: 0...255, using: &random)
            if index == 8 { changed[index] = 27 }
            let check = changed.withUnsafeBytes { hashText($0, column: -1) }
            let bytes = changed + (0..<8).map { UInt8(truncatingIfNeeded: check >> (8 * UInt64($0))) }
            do throws(ModelError) {
                let decoded = try LinearModel(decoding: bytes)
                let numeric = [Double](repeating: 1e300, count: decoded.numericCount)
                let example = Example(
                    numeric: numeric, text: Array(repeating: 7, count: decoded.textCount), label: 1)
                decoded.learn(example)
                #expect(decoded.predict(example).isFinite)
            } catch {
                refused += 1
                #expect(error.message.hasPrefix("the stored state of the model cannot be read"))
            }
        }
        #expect(refused > 20)
    }
}

// MARK: - Hash

struct HashTextTests {
    @Test func `the hash is fixed for all time`() {
        #expect(hash("") == 10_505_910_081_238_556_157)
        #expect(hash("grocery_pos") == 9_635_401_555_420_058_018)
        #expect(hash("grocery_pos", column: 1) == 5_886_321_704_071_135_027)
        #expect(hash("a text of more than sixteen bytes") == 9_357_193_870_377_565_287)
    }

    @Test func `the hash is never 0 and differs by column, length and every byte`() {
        var seen: Set<UInt64> = []
        for column in 0..<20 {
            for length in 0..<40 {
                var bytes = [UInt8](repeating: 0, count: length)
                seen.insert(bytes.withUnsafeBytes { hashText($0, column: column) })
                for index in bytes.indices {
                    bytes[index] = 1
                    seen.insert(bytes.withUnsafeBytes { hashText($0, column: column) })
                    bytes[index] = 0
                }
            }
        }
        #expect(seen.count == 20 * (40 + 39 * 40 / 2))
        #expect(!seen.contains(0))
    }

    @Test func `every bit of a text moves about half the bits of the hash`() {
        var random = SplitMix64()
        for length in [1, 7, 8, 9, 16, 23] {
            var flips = [Int](repeating: 0, count: 64)
            let trials = 4000
            for _ in 0..<trials {
                var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                let before = bytes.withUnsafeBytes { hashText($0, column: 3) }
                bytes[Int.random(in: 0..<length, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                let changed = before ^ bytes.withUnsafeBytes { hashText($0, column: 3) }
                for bit in 0..<64 where changed >> UInt64(bit) & 1 == 1 { flips[bit] += 1 }
            }
            for flip in flips { #expect((0.45...0.55).contains(Double(flip) / Double(trials))) }
        }
    }

    @Test func `names that count upwards spread over the slots`() {
        var slots = [Int](repeating: 0, count: 1024)
        for number in 0..<65_536 { slots[Int(hash("customer \(number)") >> 54)] += 1 }
        let chiSquare = slots.reduce(0.0) { $0 + (Double($1) - 64) * (Double($1) - 64) / 64 }
        // 1023 degrees of freedom: mean 1023, deviation 45.
        #expect(chiSquare > 800 && chiSquare < 1250)
    }
}
