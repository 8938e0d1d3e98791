/// What a connector is and takes. `check`, `mutstream connectors`, and `docs/connectors.md` all read this.
package struct ConnectorSpec: Sendable {
    package enum Role: String, Sendable, CaseIterable { case source, table, sink }

    package var name: String
    /// One sentence.
    package var summary: String
    package var roles: [Role]
    package var options: [OptionSpec]
    /// Names of formats it can carry, the first is the default; empty: it needs none.
    package var formats: [String]
    /// What is guaranteed, for the docs: `exactly once`, `at least once`, and under which condition.
    package var guarantee: String
    /// A statement that `check` accepts.
    package var example: String

    package init(
        name: String, summary: String, roles: [Role], options: [OptionSpec], formats: [String], guarantee: String,
        example: String
    ) {
        self.name = name
        self.summary = summary
        self.roles = roles
        self.options = options
        self.formats = formats
        self.guarantee = guarantee
        self.example = example
    }
}

/// A text format of rows and its own options.
package struct FormatSpec: Sendable {
    package var name: String
    package var summary: String
    /// Roles it is for; empty: all.
    package var roles: [ConnectorSpec.Role]
    package var options: [OptionSpec]

    package init(name: String, summary: String, roles: [ConnectorSpec.Role] = [], options: [OptionSpec]) {
        self.name = name
        self.summary = summary
        self.roles = roles
        self.options = options
    }
}

/// One option of a WITH clause.
package struct OptionSpec: Sendable {
    package enum Kind: Sendable, Hashable {
        case text
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case boolean
        /// `5 seconds`, `250 ms`, `1 day`; in microseconds.
        case duration
        case choice([String])
    }
    package var name: String
    package var kind: Kind
    /// Roles it is for; empty: all of its connector.
    package var roles: [ConnectorSpec.Role]
    package var required: Bool
    package var defaultValue: String?
    package var documentation: String

    package init(
        _ name: String, _ kind: Kind, roles: [ConnectorSpec.Role] = [], required: Bool = false,
        default defaultValue: String? = nil, _ documentation: String
    ) {
        self.name = name
        self.kind = kind
        self.roles = roles
        self.required = required
        self.defaultValue = defaultValue
        self.documentation = documentation
    }
}

/// Options after they were checked against their specs: every option of the spec that has a value or a default.
package struct CheckedOptions: Sendable {
    package enum OptionValue: Sendable, Hashable {
        case text(String)
        case integer(Int)
        case number(Double)
        case boolean(Bool)
        /// Microseconds.
        case duration(Int64)
    }
    package var values: [String: OptionValue]

    package init(_ values: [String: OptionValue] = [:]) { self.values = values }

    package func text(_ name: String) -> String? { if case .text(let value)? = values[name] { value } else { nil } }
    package func integer(_ name: String) -> Int? { if case .integer(let value)? = values[name] { value } else { nil } }
    package func number(_ name: String) -> Double? { if case .number(let value)? = values[name] { value } else { nil } }
    package func boolean(_ name: String) -> Bool? { if case .boolean(let value)? = values[name] { value } else { nil } }
    package func duration(_ name: String) -> Int64? { if case .duration(let value)? = values[name] { value } else { nil } }
}

/// What went wrong outside: a file that is missing, a port in use. Ends in the user's terminal.
package struct ConnectorError: Error, Sendable, Hashable {
    package var message: String
    package var hint: String?
    /// The option that is to blame, if one is.
    package var option: String?

    package init(_ message: String, hint: String? = nil, option: String? = nil) {
        self.message = message
        self.hint = hint
        self.option = option
    }
}
