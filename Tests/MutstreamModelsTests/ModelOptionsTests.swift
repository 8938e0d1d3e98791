import Testing

@testable import MutstreamModels

struct ModelOptionsTests {
    private func error(_ list: (name: String, value: String)...) -> ModelError? {
        do throws(ModelError) {
            _ = try LinearOptions(with: list)
            return nil
        } catch { return error }
    }

    @Test func `an empty list gives the defaults`() throws {
        let options = try LinearOptions(with: [])
        #expect(options == LinearOptions())
        #expect(options.algorithm == .logisticRegression && options.optimizer == .ftrl)
        #expect(options.learningRate == 2 && options.beta == 1 && options.l1 == 0 && options.l2 == 1)
        #expect(options.hashBits == 18 && options.standardize && options.clip == 4 && options.threshold == 0.5)
    }

    @Test func `every option is read, in either case`() throws {
        let options = try LinearOptions(with: [
            ("Algorithm", "LOGISTIC_REGRESSION"), ("OPTIMIZER", "Ftrl"), ("learning_rate", "0.25"), ("beta", "2"),
            ("l1", "3"), ("l2", "4e-1"), ("hash_bits", "26"), ("standardize", "TRUE"), ("clip", "6"),
            ("threshold", "1"),
        ])
        #expect(options.learningRate == 0.25 && options.beta == 2 && options.l1 == 3 && options.l2 == 0.4)
        #expect(options.hashBits == 26 && options.standardize && options.clip == 6 && options.threshold == 1)
        #expect(LinearOptions.specification.count == 10)
    }

    @Test func `each kind has its own defaults`() throws {
        for kind in Kind.all where kind.standardize {
            let options = try LinearOptions(with: [
                ("optimizer", kind.optimizer.rawValue), ("algorithm", kind.algorithm.rawValue),
            ])
            #expect(options == LinearOptions(algorithm: kind.algorithm, optimizer: kind.optimizer))
        }
        let sgd = try LinearOptions(with: [("optimizer", "sgd"), ("algorithm", "linear_regression")])
        #expect(sgd.learningRate == 0.03 && sgd.clip == 20 && sgd.beta == 0)
    }

    @Test func `an unknown option is refused with the name it may mean`() {
        let expected = ModelError(
            "unknown option \"learning_rat\"", optionName: "learning_rat", hint: "did you mean \"learning_rate\"?")
        #expect(error(("learning_rat", "1")) == expected)
        #expect(error(("Optimiser", "sgd"))?.hint == "did you mean \"optimizer\"?")
        #expect(error(("alpha", "1"))?.hint == "did you mean \"learning_rate\"?")
        #expect(
            error(("colour", "red"))?.hint
                == "the options are algorithm, optimizer, learning_rate, beta, l1, l2, hash_bits, standardize, clip, "
                + "threshold")
        #expect(error((String(repeating: "x", count: 100_000), ""))?.hint?.hasPrefix("the options are") == true)
        #expect(error(("", "1")) != nil)
    }

    @Test(arguments: [
        ("learning_rate", "fast", "a number"), ("learning_rate", "nan", "a number"),
        ("learning_rate", "0", "a number from 1e-06 to 1000000"),
        ("learning_rate", "inf", "a number from 1e-06 to 1000000"), ("beta", "-1", "a number from 0 to 1000000"),
        ("threshold", "1.01", "a number from 0 to 1"), ("hash_bits", "0", "an integer from 1 to 26"),
        ("hash_bits", "27", "an integer from 1 to 26"), ("hash_bits", "18.5", "an integer"),
        ("hash_bits", "99999999999999999999", "an integer"), ("standardize", "yes", "true or false"),
        ("algorithm", "tree", "'logistic_regression' or 'linear_regression'"),
        ("optimizer", "", "'ftrl' or 'adagrad' or 'sgd'"),
    ])
    func `a value that does not fit is refused with what was expected`(name: String, value: String, what: String) {
        #expect(error((name, value))?.message == "option \"\(name)\" must be \(what), found '\(value)'")
        #expect(error((name, value))?.optionName == name)
    }

    @Test func `a misspelt word is refused with the word it may mean`() {
        #expect(error(("optimizer", "adagard"))?.hint == "did you mean 'adagrad'?")
        #expect(error(("algorithm", "logistic_regresion"))?.hint == "did you mean 'logistic_regression'?")
    }

    @Test func `an option without effect or given twice is refused`() {
        #expect(
            error(("optimizer", "sgd"), ("Beta", "1"))
                == ModelError(
                    "option \"Beta\" has no effect here: it belongs to optimizer 'ftrl', found optimizer 'sgd'",
                    optionName: "Beta", hint: "remove it"))
        #expect(error(("optimizer", "adagrad"), ("l1", "1")) != nil)
        #expect(error(("algorithm", "linear_regression"), ("threshold", "0.5")) != nil)
        #expect(error(("standardize", "false"), ("clip", "5")) != nil)
        #expect(error(("l2", "1"), ("L2", "1"))?.message == "option \"L2\" is given twice")
    }
}
