import MutstreamColumnar

extension SourceRequest {
    /// The formats of which each row is a change, and where it says so.
    package static let changeFormats: [String: ChangeSchema.Carrier] = [
        "changelog_json": .changelog, "debezium_json": .debezium,
    ]

    /// What the decoder is to read: ``decoderSchema``, and where the rows are changes of a table, by their format or by
    /// the option `op_field`, where they say what they do.
    package func schemaOfChanges() throws(ConnectorError) -> DecoderSchema {
        let carrier = format.flatMap { SourceRequest.changeFormats[$0] }
        let field = options.text("op_field")
        var schema = decoderSchema
        let unit = options.text("timestamp_unit").flatMap { EpochUnit(rawValue: $0) }
        schema.timestampUnit = unit ?? (carrier == .debezium ? .microseconds : .milliseconds)
        if carrier == nil, field == nil { return schema }
        if primaryKey.isEmpty {
            throw ConnectorError(
                "\"\(name)\" has no PRIMARY KEY, so that a change cannot say which row it is of",
                hint: "declare one: CREATE TABLE \(name) (id BIGINT PRIMARY KEY, …)",
                option: carrier == nil ? "op_field" : "format")
        }
        if let carrier {
            schema.changes = ChangeSchema(carrier, key: primaryKey)
        } else if let field {
            schema.changes = ChangeSchema(.field(try SourceRequest.place(of: field, in: &schema)), key: primaryKey)
        }
        return schema
    }

    /// The number of the field that says what a row does; one that is no column is added to what is read.
    private static func place(of name: String, in schema: inout DecoderSchema) throws(ConnectorError) -> Int {
        if name.isEmpty { throw ConnectorError("the name of a field is empty", hint: "name one", option: "op_field") }
        guard let index = schema.fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            schema.fields.append(DecoderSchema.Field(name, .text))
            return schema.fields.count - 1
        }
        guard schema.fields[index].type == .text else {
            throw ConnectorError(
                "\"\(schema.fields[index].name)\" is \(schema.fields[index].type.name), expected TEXT for what a row does",
                hint: "declare it as TEXT, or leave it out of the columns", option: "op_field")
        }
        return index
    }
}

extension OptionSpec {
    /// Of formats in which a time may be a number.
    package static func timestampUnit(default unit: EpochUnit) -> OptionSpec {
        OptionSpec(
            "timestamp_unit", .choice(EpochUnit.allCases.map(\.rawValue)), roles: [.source, .table], default: unit.rawValue,
            "What a number counts, from 1970 on, where a TIMESTAMP or TIMESTAMPTZ is expected.")
    }

    /// Of formats whose rows are fields and nothing else.
    package static let operationField = OptionSpec(
        "op_field", .text, roles: [.table],
        """
        The field that says what a row does to the table: `insert`, `update`, `upsert` or `delete`; `c`, `r`, `u` or `d`; \
        `+I`, `-U`, `+U` or `-D`. A deletion needs the columns of the PRIMARY KEY alone.
        """)
}
