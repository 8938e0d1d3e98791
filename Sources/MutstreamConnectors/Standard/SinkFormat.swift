import MutstreamColumnar
import MutstreamEngine

/// How a sink writes rows, and what it makes of rows that change.
struct SinkFormat: Sendable {
    enum Changes: Sendable, Hashable {
        /// Rows are only added; with `force`, those that are taken back are passed over.
        case appended(force: Bool)
        /// One line a key and step: its new row, or that it is gone. `key` are columns of the sink.
        case upserts(key: [Int])
        /// Each change as it is; with a key, the old and the new row of one are an update.
        case changelog(ChangelogWriter.Style, key: [Int])
    }

    /// The column in front of the others that says what a line of ``Changes/upserts(key:)`` does.
    static let operationName = "op"

    var text: RowFormat
    var changes: Changes

    init(_ request: SinkRequest) throws(ConnectorError) {
        let options = request.options
        text = try RowFormat(request.format, options: options)
        let key = try ChangelogWriter.key(options.text("primary_key"), in: request.fields)
        let style = request.format.flatMap { ChangelogWriter.Style(rawValue: $0) }
        let isForced = options.boolean("force_append_only") ?? false
        let kind = options.text("type")
        if isForced, style != nil || kind == "upsert" {
            throw ConnectorError(
                "force_append_only passes over the changes that \(style?.rawValue ?? "type = 'upsert'") would tell of",
                hint: "leave one of them out", option: "force_append_only")
        }
        if let style {
            if let kind {
                throw ConnectorError(
                    "type = '\(kind)' does not go with format = '\(style.rawValue)', which tells of every change",
                    hint: "leave it out; primary_key alone makes updates of old and new rows", option: "type")
            }
            changes = .changelog(style, key: key)
        } else if kind == "upsert" {
            if key.isEmpty {
                throw ConnectorError(
                    "type = 'upsert' needs the columns that name a row", hint: "add primary_key = 'id'", option: "type")
            }
            if let taken = request.fields.first(where: { $0.name.lowercased() == SinkFormat.operationName }) {
                throw ConnectorError(
                    "the column \"\(taken.name)\" has the name of the one that says what a line does",
                    hint: "give it another one: SELECT \(taken.name) AS operation", option: "type")
            }
            changes = .upserts(key: key)
        } else {
            if !key.isEmpty {
                throw ConnectorError(
                    "primary_key is for rows that change", hint: "add type = 'upsert', or leave it out",
                    option: "primary_key")
            }
            changes = .appended(force: isForced)
        }
    }
}

extension OptionSpec {
    /// How a sink takes rows that change.
    static let ofChanges = [
        OptionSpec(
            "type", .choice(["append-only", "upsert"]), roles: [.sink],
            """
            `upsert`: of each key of `primary_key` that changed in a step leaves one line, `{"op":"upsert",…}` with its new \
            row or `{"op":"delete",…}` with the key alone, in json or csv; a table reads them with `op_field = 'op'`. A key \
            that several rows have leaves as `{"op":"error",…}`. `append-only`: what is so without it.
            """),
        OptionSpec(
            "primary_key", .text, roles: [.sink],
            """
            Columns that name a row, `a, b`. With changelog_json and debezium_json its old and new row in one step are an \
            update, `-U` and `+U`, or `u`.
            """),
        OptionSpec(
            "force_append_only", .boolean, roles: [.sink], default: "false",
            "Takes a query whose rows can change and passes over what is taken back: old rows stay beside new ones."),
    ]
}
