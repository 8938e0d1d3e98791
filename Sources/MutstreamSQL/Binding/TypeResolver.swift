import MutstreamColumnar

/// Type names as written to types.
enum TypeResolver {
    private static let plain: [(String, DataType)] = [
        ("boolean", .boolean), ("bool", .boolean), ("int", .int), ("integer", .int), ("int4", .int), ("bigint", .bigint),
        ("int8", .bigint), ("double", .double), ("double precision", .double), ("float8", .double), ("float", .double),
        ("text", .text), ("varchar", .text), ("character varying", .text), ("string", .text), ("date", .date),
        ("timestamp", .timestamp), ("timestamp without time zone", .timestamp), ("interval", .interval),
    ]
    /// Known to the language, not to this engine yet.
    private static let later = [
        "smallint", "int2", "real", "float4", "bytes", "bytea", "time", "timestamptz", "timestamp with time zone",
        "timestamp_ltz", "uuid", "json", "jsonb", "row", "struct", "map", "array", "char", "tinyint",
    ]

    static func resolve(_ name: TypeName) throws(SQLError) -> DataType {
        if name.arrayDepth > 0 { throw SQLError("arrays are not supported yet", at: name.range) }
        if name.name == "decimal" || name.name == "numeric" { return try decimal(name) }
        if let known = plain.first(where: { $0.0 == name.name }) {
            if name.name == "timestamp", let digits = name.arguments.first, !(0...6).contains(digits) {
                throw SQLError("found TIMESTAMP(\(digits)), expected 0 to 6 digits", at: name.range)
            }
            if ["varchar", "character varying"].contains(name.name), !name.arguments.isEmpty {
                throw SQLError(
                    "VARCHAR with a length is not supported yet", at: name.range, hint: "write TEXT; lengths are not limited"
                )
            }
            return known.1
        }
        if later.contains(name.name) {
            throw SQLError(
                "type \(name.name.uppercased()) is not supported yet", at: name.range,
                hint: "supported: BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p,s), TEXT, DATE, TIMESTAMP, INTERVAL")
        }
        let names = plain.map(\.0) + ["decimal", "numeric"]
        throw SQLError(
            "unknown type \"\(name.name)\"", at: name.range,
            hint: suggestion(for: name.name, among: names).map { "did you mean \($0.uppercased())?" }
                ?? "supported: BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p,s), TEXT, DATE, TIMESTAMP, INTERVAL")
    }

    private static func decimal(_ name: TypeName) throws(SQLError) -> DataType {
        switch name.arguments.count {
        case 0: return .decimal(precision: 38, scale: 16)
        case 1, 2:
            let precision = name.arguments[0]
            let scale = name.arguments.count == 2 ? name.arguments[1] : 0
            guard (1...38).contains(precision), (0...precision).contains(scale) else {
                throw SQLError(
                    "found DECIMAL(\(name.arguments.map(String.init).joined(separator: ","))), "
                        + "expected a precision of 1 to 38 and a scale of 0 to the precision", at: name.range)
            }
            return .decimal(precision: precision, scale: scale)
        default: throw SQLError("found \(name.arguments.count) numbers, expected DECIMAL(precision, scale)", at: name.range)
        }
    }
}
