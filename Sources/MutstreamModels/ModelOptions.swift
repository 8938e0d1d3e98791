/// One option of `CREATE MODEL … WITH (…)`, for documentation and for messages.
package struct ModelOptionSpec: Sendable, Hashable {
    /// The name in a WITH list.
    package var name: String
    /// What a value looks like: `number >= 0`, `true | false`.
    package var type: String
    /// The value taken if the option is absent.
    package var `default`: String
    /// One or two sentences.
    package var doc: String
}

/// What a linear model is to be: the checked form of a WITH list.
///
/// ```swift
/// let options = try LinearOptions(with: [("algorithm", "logistic_regression"), ("optimizer", "adagrad")])
/// ```
package struct LinearOptions: Sendable, Hashable {
    package enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case logisticRegression = "logistic_regression"
        case linearRegression = "linear_regression"
    }

    package enum Optimizer: String, Sendable, Hashable, CaseIterable {
        case ftrl, adagrad, sgd
    }

    package private(set) var algorithm: Algorithm
    package private(set) var optimizer: Optimizer
    /// α of FTRL, η of the others.
    package private(set) var learningRate: Double
    /// β of FTRL; 0 for the others.
    package private(set) var beta: Double
    /// λ₁ of FTRL; 0 for the others.
    package private(set) var l1: Double
    package private(set) var l2: Double
    /// The table of text weights has 2^hashBits slots.
    package private(set) var hashBits: Int
    package private(set) var standardize: Bool
    /// The deviations beyond which a standardised feature is cut off.
    package private(set) var clip: Double
    /// The probability from which an answer counts as true in precision and recall.
    package private(set) var threshold: Double

    /// The options of an algorithm and optimizer as they are without a WITH list.
    package init(algorithm: Algorithm = .logisticRegression, optimizer: Optimizer = .ftrl) {
        let isLogistic = algorithm == .logisticRegression
        self.algorithm = algorithm
        self.optimizer = optimizer
        beta = optimizer == .ftrl ? 1 : 0
        l1 = 0
        switch optimizer {
        case .ftrl: (learningRate, l2) = isLogistic ? (2, 1) : (0.3, 0)
        case .adagrad: (learningRate, l2) = isLogistic ? (1, 0) : (0.3, 0)
        case .sgd: (learningRate, l2) = isLogistic ? (0.1, 0) : (0.03, 0)
        }
        hashBits = 18
        standardize = true
        clip = isLogistic ? 4 : 20
        threshold = 0.5
    }

    /// Checks a WITH list; names and the words among the values may be in either case.
    ///
    /// - Throws: ``ModelError`` with the option that is unknown, given twice, not of its type, out of range or
    ///   without effect.
    package init(with list: [(name: String, value: String)]) throws(ModelError) {
        let options = try OptionList(list, known: Self.specification.map(\.name))
        self.init(
            algorithm: try options.choice("algorithm") ?? .logisticRegression,
            optimizer: try options.choice("optimizer") ?? .ftrl)
        if optimizer != .ftrl {
            let reason = "it belongs to optimizer 'ftrl', found optimizer '\(optimizer.rawValue)'"
            for name in ["beta", "l1"] { try options.refuse(name, because: reason) }
        }
        if algorithm != .logisticRegression {
            try options.refuse("threshold", because: "it belongs to algorithm 'logistic_regression'")
        }
        learningRate = try options.number("learning_rate", in: 1e-6...1e6) ?? learningRate
        beta = try options.number("beta", in: 0...1e6) ?? beta
        l1 = try options.number("l1", in: 0...1e6) ?? l1
        l2 = try options.number("l2", in: 0...1e6) ?? l2
        hashBits = try options.integer("hash_bits", in: 1...Self.hashBitsMax) ?? hashBits
        standardize = try options.boolean("standardize") ?? standardize
        if !standardize {
            try options.refuse("clip", because: "it counts the deviations of standardised features")
        }
        clip = try options.number("clip", in: 1...1e6) ?? clip
        threshold = try options.number("threshold", in: 0...1) ?? threshold
    }

    /// The greatest `hash_bits`: 64 Mi slots, 1.5 GiB with FTRL.
    package static let hashBitsMax = 26

    /// Every option, in the order of the manual.
    package static let specification = [
        ModelOptionSpec(
            name: "algorithm", type: "'logistic_regression' | 'linear_regression'", default: "'logistic_regression'",
            doc: "What is learnt: the probability of a boolean label, or a number by least squares."),
        ModelOptionSpec(
            name: "optimizer", type: "'ftrl' | 'adagrad' | 'sgd'", default: "'ftrl'",
            doc: "How weights move: FTRL-proximal, AdaGrad, or plain stochastic gradient descent."),
        ModelOptionSpec(
            name: "learning_rate", type: "number 1e-6...1e6",
            default: "ftrl: 2, adagrad: 1, sgd: 0.1; linear_regression: 0.3, 0.3, 0.03",
            doc: "Alpha of FTRL, eta of the others. Higher follows change faster and forgets faster."),
        ModelOptionSpec(
            name: "beta", type: "number 0...1e6", default: "1",
            doc: "Beta of FTRL: damps the first steps of a weight."),
        ModelOptionSpec(
            name: "l1", type: "number 0...1e6", default: "0",
            doc: "Lambda 1 of FTRL: weights with little evidence stay exactly 0."),
        ModelOptionSpec(
            name: "l2", type: "number 0...1e6", default: "ftrl: 1 (linear_regression: 0), others: 0",
            doc: "Lambda 2: holds weights near 0; not applied to the bias."),
        ModelOptionSpec(
            name: "hash_bits", type: "integer 1...26", default: "18",
            doc: "Text features share a table of 2^hash_bits weights: 8, 16 or 24 bytes each (sgd, adagrad, ftrl)."),
        ModelOptionSpec(
            name: "standardize", type: "true | false", default: "true",
            doc: "Numbers (and the label of linear_regression) are scaled by the mean and deviation seen so far."),
        ModelOptionSpec(
            name: "clip", type: "number 1...1e6", default: "4 (linear_regression: 20)",
            doc: "Standardised numbers are cut off at this many deviations."),
        ModelOptionSpec(
            name: "threshold", type: "number 0...1", default: "0.5",
            doc: "The probability from which an answer counts as true in accuracy, precision, recall and F1."),
    ]
}

// MARK: - Reading a WITH list

/// A WITH list whose names are known and unique.
private struct OptionList {
    private let list: [(name: String, value: String)]

    init(_ list: [(name: String, value: String)], known: [String]) throws(ModelError) {
        var seen: [String] = []
        for (name, _) in list {
            let folded = name.lowercased()
            guard known.contains(folded) else {
                throw ModelError("unknown option \"\(name)\"", optionName: name, hint: Self.hint(folded, known))
            }
            guard !seen.contains(folded) else {
                throw ModelError("option \"\(name)\" is given twice", optionName: name, hint: "remove one of them")
            }
            seen.append(folded)
        }
        self.list = list
    }

    private static func hint(_ name: String, _ known: [String]) -> String {
        let aliases = ["alpha": "learning_rate", "eta": "learning_rate", "lambda1": "l1", "lambda2": "l2"]
        if let meant = aliases[name] ?? closest(to: name, among: known) { return "did you mean \"\(meant)\"?" }
        return "the options are " + known.joined(separator: ", ")
    }

    private func entry(_ name: String) -> (name: String, value: String)? {
        list.first { $0.name.lowercased() == name }
    }

    private func expected(
        _ what: String, _ entry: (name: String, value: String), hint: String? = nil
    ) -> ModelError {
        ModelError(
            "option \"\(entry.name)\" must be \(what), found '\(entry.value)'", optionName: entry.name, hint: hint)
    }

    func refuse(_ name: String, because reason: String) throws(ModelError) {
        guard let entry = entry(name) else { return }
        throw ModelError(
            "option \"\(entry.name)\" has no effect here: \(reason)", optionName: entry.name, hint: "remove it")
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(ModelError) -> Double? {
        guard let entry = entry(name) else { return nil }
        guard let number = Double(entry.value), !number.isNaN else { throw expected("a number", entry) }
        guard range.contains(number) else {
            throw expected("a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))", entry)
        }
        return number
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ModelError) -> Int? {
        guard let entry = entry(name) else { return nil }
        guard let number = Int(entry.value) else { throw expected("an integer", entry) }
        guard range.contains(number) else {
            throw expected("an integer from \(range.lowerBound) to \(range.upperBound)", entry)
        }
        return number
    }

    func boolean(_ name: String) throws(ModelError) -> Bool? {
        guard let entry = entry(name) else { return nil }
        switch entry.value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw expected("true or false", entry)
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws(ModelError) -> Choice? {
        guard let entry = entry(name) else { return nil }
        if let choice = Choice(rawValue: entry.value.lowercased()) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let meant = closest(to: entry.value.lowercased(), among: names).map { "did you mean '\($0)'?" }
        throw expected(names.map { "'\($0)'" }.joined(separator: " or "), entry, hint: meant)
    }
}

/// A number without a needless fraction: `1000000`, not `1000000.0`.
private func plain(_ number: Double) -> String {
    let text = String(number)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

// MARK: - Suggestions

/// The name that a misspelt one most likely means: the first with the fewest edits, at most a third of its length.
func closest(to name: String, among names: [String]) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    var best: (name: String, edits: Int)?
    for candidate in names {
        let edits = editDistance(Array(name.utf8), Array(candidate.utf8))
        if edits <= max(1, candidate.utf8.count / 3), edits < best?.edits ?? .max { best = (candidate, edits) }
    }
    return best?.name
}

/// The least number of insertions, deletions and replacements of a byte between two texts (Levenshtein 1966).
private func editDistance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
    var row = Array(0...rhs.count)
    for (i, left) in lhs.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in rhs.enumerated() {
            let replaced = diagonal + (left == right ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[rhs.count]
}

// MARK: - State

extension LinearOptions {
    func encode(into writer: inout StateWriter) {
        writer.write(UInt8(algorithm == .logisticRegression ? 0 : 1))
        writer.write(UInt8(optimizer == .ftrl ? 0 : optimizer == .adagrad ? 1 : 2))
        writer.write(UInt8(hashBits))
        writer.write(UInt8(standardize ? 1 : 0))
        for number in [learningRate, beta, l1, l2, clip, threshold] { writer.write(number) }
    }

    init(from reader: inout StateReader) throws(ModelError) {
        let codes: (UInt8, UInt8, UInt8, UInt8) = (
            try reader.read(), try reader.read(), try reader.read(), try reader.read()
        )
        guard codes.0 < 2, codes.1 < 3, 1...Self.hashBitsMax ~= Int(codes.2), codes.3 < 2 else {
            throw reader.malformed("an option is out of range")
        }
        self.init(
            algorithm: codes.0 == 0 ? .logisticRegression : .linearRegression,
            optimizer: codes.1 == 0 ? .ftrl : codes.1 == 1 ? .adagrad : .sgd)
        hashBits = Int(codes.2)
        standardize = codes.3 == 1
        learningRate = try reader.readNumber(in: 1e-6...1e6)
        beta = try reader.readNumber(in: 0...1e6)
        l1 = try reader.readNumber(in: 0...1e6)
        l2 = try reader.readNumber(in: 0...1e6)
        clip = try reader.readNumber(in: 1...1e6)
        threshold = try reader.readNumber(in: 0...1)
    }
}
