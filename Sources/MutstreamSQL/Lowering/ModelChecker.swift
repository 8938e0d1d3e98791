import MutstreamColumnar
import MutstreamModels

/// Checks the options of CREATE MODEL.
enum ModelChecker {
    static func options(_ definition: ModelDefinition) throws(SQLError) -> LinearOptions {
        let isRegression = definition.output.type == .double
        let written = definition.options.first { $0.name.name == "algorithm" }
        var list = definition.options.map { (name: $0.name.name, value: $0.value) }
        // A model with a numeric output is a regression unless it says otherwise.
        if written == nil, isRegression { list.append(("algorithm", "linear_regression")) }
        let options: LinearOptions
        do {
            options = try LinearOptions(with: list)
        } catch {
            let place = definition.options.first { $0.name.name == error.optionName }
            throw SQLError(
                "model \"\(definition.name)\": \(error.message)", at: place?.range ?? definition.range, hint: error.hint)
        }
        if (options.algorithm == .linearRegression) != isRegression {
            let output = isRegression ? "BOOLEAN" : "DOUBLE"
            throw SQLError(
                "model \"\(definition.name)\": found OUTPUT \(definition.output.type.name), "
                    + "expected \(output) for \(options.algorithm.rawValue)", at: written?.range ?? definition.range)
        }
        return options
    }
}
