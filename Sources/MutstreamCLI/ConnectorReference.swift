import MutstreamEngine

/// The connectors for people: a list, a page of one, and the whole reference in Markdown, all from the specs.
struct ConnectorReference {
    private let registry: ConnectorRegistry

    init(_ registry: ConnectorRegistry) { self.registry = registry }

    var list: String {
        let width = registry.entries.map(\.spec.name.count).max() ?? 0
        var text = ""
        for entry in registry.entries {
            let roles = entry.spec.roles.map(\.rawValue).joined(separator: ", ")
            text += pad(entry.spec.name, width + 2) + pad(roles, 22) + entry.spec.summary + "\n"
        }
        return text + "\nOptions of one: mutstream connectors NAME\n"
    }

    func text(_ spec: ConnectorSpec) -> String {
        var text = "\(spec.name) (\(spec.roles.map(\.rawValue).joined(separator: ", ")))\n  \(spec.summary)\n"
        if !spec.formats.isEmpty { text += "  formats: \(spec.formats.joined(separator: ", "))\n" }
        text += "  guarantee: \(spec.guarantee)\n\nOptions:\n"
        var options: [OptionSpec] = []
        // Formats share some.
        for option in spec.options + spec.formats.compactMap({ registry.format($0) }).flatMap(\.options)
        where !options.contains(where: { $0.name == option.name }) && isOf(option, spec) {
            options.append(option)
        }
        for option in options {
            text += "  \(option.name)\(roles(option))  \(kind(option))\(rest(option))\n      \(option.documentation)\n"
        }
        if options.isEmpty { text += "  none\n" }
        return text + "\nExample:\n" + spec.example.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    var markdown: String {
        var text = """
            # Connectors

            Where rows enter and leave. This page is made by `mutstream connectors --markdown` from the same description that
            `mutstream check` uses.

            | connector | as | what |
            |---|---|---|

            """
        for entry in registry.entries {
            let roles = entry.spec.roles.map(\.rawValue).joined(separator: ", ")
            text += "| [`\(entry.spec.name)`](#\(entry.spec.name)) | \(roles) | \(entry.spec.summary) |\n"
        }
        for entry in registry.entries {
            let spec = entry.spec
            text += "\n## \(spec.name)\n\n\(spec.summary)\n\n"
            if !spec.formats.isEmpty {
                text += "Formats: \(spec.formats.map { "`\($0)`" }.joined(separator: ", ")); the first is the default.\n\n"
            }
            text += "Guarantee: \(spec.guarantee)\n\n" + table(spec.options) + "```sql\n\(spec.example)\n```\n"
        }
        text += "\n# Formats\n"
        for format in registry.formats {
            text += "\n## \(format.name)\n\n\(format.summary)\n\n" + table(format.options)
        }
        return text
    }

    private func table(_ options: [OptionSpec]) -> String {
        if options.isEmpty { return "" }
        var text = "| option | value | default | what |\n|---|---|---|---|\n"
        for option in options {
            let fallback = option.required ? "required" : option.defaultValue.map { "`\($0)`" } ?? ""
            let values = kind(option).replacing("|", with: "\\|")
            text += "| `\(option.name)`\(roles(option)) | \(values) | \(fallback) | \(option.documentation) |\n"
        }
        return text + "\n"
    }

    private func isOf(_ option: OptionSpec, _ spec: ConnectorSpec) -> Bool {
        option.roles.isEmpty || option.roles.contains { spec.roles.contains($0) }
    }

    private func roles(_ option: OptionSpec) -> String {
        option.roles.isEmpty ? "" : " (\(option.roles.map(\.rawValue).joined(separator: ", ")))"
    }

    private func kind(_ option: OptionSpec) -> String {
        switch option.kind {
        case .text: "text"
        case .integer(let range):
            range.upperBound == .max
                ? "integer, at least \(range.lowerBound)" : "integer, \(range.lowerBound) to \(range.upperBound)"
        case .number: "number"
        case .boolean: "true | false"
        case .duration: "duration"
        case .choice(let words): words.joined(separator: " | ")
        }
    }

    private func rest(_ option: OptionSpec) -> String {
        if option.required { return ", required" }
        return option.defaultValue.map { ", default \($0)" } ?? ""
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

extension String {
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        reduce(into: "") { $0 += $1 == character ? text : String($1) }
    }
}
