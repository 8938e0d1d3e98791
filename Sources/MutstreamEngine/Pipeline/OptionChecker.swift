import MutstreamColumnar
import MutstreamSQL

/// Checks WITH options against the specs of a connector and its format, before anything is opened.
struct OptionChecker {
    let registry: ConnectorRegistry

    struct Checked {
        var entry: ConnectorRegistry.Entry
        var options: CheckedOptions
        var format: String?
        /// Where each option is written, for errors that a factory finds.
        var places: [String: SourceRange]
    }

    func check(
        _ options: [Option], role: ConnectorSpec.Role, of name: String, at range: SourceRange
    ) throws(SQLError) -> Checked {
        guard let connector = options.first(where: { $0.name.name == "connector" }) else {
            throw SQLError("\"\(name)\" has no connector", at: range)
        }
        let fitting = registry.entries.filter { $0.spec.roles.contains(role) }.map(\.spec.name)
        guard let entry = registry.entry(connector.value) else {
            throw SQLError(
                "unknown connector '\(connector.value)'", at: connector.valueRange,
                hint: suggestion(for: connector.value, among: fitting).map { "did you mean '\($0)'?" }
                    ?? "connectors for a \(role.rawValue): \(fitting.joined(separator: ", "))")
        }
        guard entry.spec.roles.contains(role) else {
            throw SQLError(
                "connector '\(connector.value)' cannot be a \(role.rawValue)", at: connector.valueRange,
                hint: "connectors for a \(role.rawValue): \(fitting.joined(separator: ", "))")
        }
        let (format, formatSpecs) = try checkFormat(options, entry.spec, role)
        let specs = (entry.spec.options + formatSpecs + SourceTiming.options)
            .filter { $0.roles.isEmpty || $0.roles.contains(role) }
        var values: [String: CheckedOptions.OptionValue] = [:]
        var places: [String: SourceRange] = [:]
        if let option = options.first(where: { $0.name.name == "format" }) { places["format"] = option.valueRange }
        for option in options where option.name.name != "connector" && option.name.name != "format" {
            guard let spec = specs.first(where: { $0.name == option.name.name }) else {
                let known = specs.map(\.name)
                throw SQLError(
                    "unknown option \"\(option.name.name)\" of connector '\(connector.value)'", at: option.name.range,
                    hint: suggestion(for: option.name.name, among: known).map { "did you mean \($0)?" }
                        ?? "known: \((["connector", "format"] + known).joined(separator: ", "))")
            }
            if places[spec.name] != nil {
                throw SQLError("option \"\(spec.name)\" is given twice", at: option.name.range)
            }
            values[spec.name] = try OptionChecker.value(option, spec)
            places[spec.name] = option.valueRange
        }
        for spec in specs where values[spec.name] == nil {
            if spec.required {
                throw SQLError(
                    "connector '\(connector.value)' of \"\(name)\" needs the option \"\(spec.name)\"", at: connector.range,
                    hint: "\(spec.name): \(spec.documentation)")
            }
            if let text = spec.defaultValue {
                let filled = Option(name: connector.name, value: text, valueRange: connector.valueRange)
                values[spec.name] = try? OptionChecker.value(filled, spec)
            }
        }
        return Checked(entry: entry, options: CheckedOptions(values), format: format, places: places)
    }

    private func checkFormat(
        _ options: [Option], _ spec: ConnectorSpec, _ role: ConnectorSpec.Role
    ) throws(SQLError) -> (String?, [OptionSpec]) {
        guard let option = options.first(where: { $0.name.name == "format" }) else {
            let format = spec.formats.first
            return (format, format.flatMap { registry.format($0)?.options } ?? [])
        }
        let fitting = spec.formats.filter { name in
            registry.format(name).map { $0.roles.isEmpty || $0.roles.contains(role) } ?? false
        }
        if spec.formats.contains(option.value), !fitting.contains(option.value) {
            throw SQLError(
                "format '\(option.value)' cannot be that of a \(role.rawValue)", at: option.valueRange,
                hint: role == .source
                    ? "its rows are changes: CREATE TABLE with a PRIMARY KEY takes them"
                    : "its formats: \(fitting.map { "'\($0)'" }.joined(separator: ", "))")
        }
        guard spec.formats.contains(option.value), let format = registry.format(option.value) else {
            throw SQLError(
                "connector '\(spec.name)' has no format '\(option.value)'", at: option.valueRange,
                hint: fitting.isEmpty
                    ? "it needs none" : "its formats: \(fitting.map { "'\($0)'" }.joined(separator: ", "))")
        }
        return (option.value, format.options)
    }

    private static func value(_ option: Option, _ spec: OptionSpec) throws(SQLError) -> CheckedOptions.OptionValue {
        let text = option.value
        let refuse = { (expected: String) in
            SQLError("option \"\(spec.name)\": found '\(text)', expected \(expected)", at: option.valueRange)
        }
        switch spec.kind {
        case .text: return .text(text)
        case .integer(let range):
            guard let value = Int(text), range.contains(value) else {
                let bounds =
                    range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
                throw refuse("a whole number, \(bounds)")
            }
            return .integer(value)
        case .number(let range):
            guard let value = Double(text), range.contains(value) else {
                throw refuse("a number of \(range.lowerBound) to \(range.upperBound)")
            }
            return .number(value)
        case .boolean:
            guard ["true", "false"].contains(text.lowercased()) else { throw refuse("true or false") }
            return .boolean(text.lowercased() == "true")
        case .duration:
            var copy = text
            let parsed = copy.withUTF8 { try? TextCodec.parseInterval(UnsafeRawBufferPointer($0)) }
            guard let length = parsed?.exactMicroseconds, length >= 0 else { throw refuse("a duration such as '5 seconds'") }
            return .duration(length)
        case .choice(let words):
            guard words.contains(text.lowercased()) else {
                throw refuse(words.map { "'\($0)'" }.joined(separator: " or "))
            }
            return .text(text.lowercased())
        }
    }
}
