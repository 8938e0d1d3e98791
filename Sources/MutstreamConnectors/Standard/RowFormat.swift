import MutstreamColumnar
import MutstreamEngine

/// A text format with its options: makes what reads and writes rows in it.
enum RowFormat: Sendable {
    case json
    case csv(delimiter: UInt8, header: Bool)

    /// - Parameter name: the format of a request; none means JSON.
    init(_ name: String?, options: CheckedOptions) throws(ConnectorError) {
        switch name {
        // Of changes, the schema of a decoder and the style of a writer say how they stand in JSON.
        case nil, "json", "changelog_json", "debezium_json": self = .json
        case "csv":
            let delimiter = options.text("delimiter") ?? ","
            guard let byte = RowFormat.delimiter(delimiter) else {
                throw ConnectorError(
                    "\"\(delimiter)\" cannot part the values of a row",
                    hint: "the delimiter is one character of ASCII, no quote and no end of line; 'tab' names that one",
                    option: "delimiter")
            }
            self = .csv(delimiter: byte, header: options.boolean("header") ?? true)
        case let name?:
            throw ConnectorError("unknown format \"\(name)\"", hint: "the formats are json and csv", option: "format")
        }
    }

    private static func delimiter(_ text: String) -> UInt8? {
        if text == "tab" || text == "\\t" { return UInt8(ascii: "\t") }
        let bytes = Array(text.utf8)
        guard bytes.count == 1, bytes[0] < 0x80 else { return nil }
        return [UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0].contains(bytes[0]) ? nil : bytes[0]
    }

    func makeDecoder(_ schema: DecoderSchema) -> any RowDecoder {
        switch self {
        case .json: JSONLinesDecoder(schema)
        case .csv(let delimiter, let header): CSVDecoder(schema, header: header, delimiter: delimiter)
        }
    }
}

extension FormatSpec {
    static let json = FormatSpec(
        name: "json",
        summary: "One JSON object a line; a field that is missing is NULL, a field that no column has is skipped.",
        options: [.operationField, .timestampUnit(default: .milliseconds)])

    static let changelog = FormatSpec(
        name: "changelog_json",
        summary:
            """
            Changes of rows, one JSON object a line: `{"op":"+I","row":{…}}`; `+I` put in, `-D` taken back, `-U` and `+U` \
            the old and the new row of an update. A table puts in or replaces by its PRIMARY KEY, and deletes at `-D` and \
            `-U`.
            """,
        roles: [.table, .sink], options: [.timestampUnit(default: .milliseconds)])

    static let debezium = FormatSpec(
        name: "debezium_json",
        summary:
            """
            Changes of rows as Debezium writes them: `{"before":…,"after":…,"op":"c"}`; `d` taken back. A table also takes \
            `r` and `u`, the envelope with `schema` and `payload`, steps over tombstones (`null`) and messages (`m`), and \
            refuses truncations (`t`). DATE may be a number of days, TIME a number of `timestamp_unit`, DECIMAL a string.
            """,
        roles: [.table, .sink], options: [.timestampUnit(default: .microseconds)])

    static let csv = FormatSpec(
        name: "csv",
        summary: "Values parted by commas, quoted where needed (RFC 4180); an empty value is NULL.",
        options: [
            OptionSpec("delimiter", .text, default: ",", "What parts the values: one character of ASCII, or `tab`."),
            OptionSpec(
                "header", .boolean, default: "true",
                "The first row names the columns, which may be in any order; written files begin with such a row."),
            .operationField,
        ])
}
