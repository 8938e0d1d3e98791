import MutstreamColumnar

/// Type names as written to types.
enum TypeResolver {
    private static let plain: [(String, DataType)] = [
        ("boolean", .boolean), ("bool", .boolean), ("smallint", .smallint), ("int2", .smallint), ("tinyint", .smallint),
        ("int", .int), ("integer", .int), ("int4", .int), ("bigint", .bigint), ("int8", .bigint), ("real", .real),
        ("float4", .real), ("double", .double), ("double precision", .double), ("float8", .double), ("float", .double),
        ("text", .text), ("varchar", .text), ("character varying", .text), ("char varying", .text), ("string", .text),
        ("char", .text), ("character", .text), ("bpchar", .text), ("bytes", .bytes), ("bytea", .bytes),
        ("varbinary", .bytes), ("binary", .bytes), ("date", .date), ("time", .time), ("time without time zone", .time),
        ("timestamp", .timestamp), ("timestamp without time zone", .timestamp), ("datetime", .timestamp),
        ("timestamptz", .timestamptz), ("timestamp with time zone", .timestamptz), ("timestamp_ltz", .timestamptz),
        ("timestamp with local time zone", .timestamptz), ("interval", .interval), ("uuid", .uuid), ("json", .json),
        ("jsonb", .json),
        // The next wider type, which holds all of their values; it holds others as well.
        ("tinyint unsigned", .smallint), ("smallint unsigned", .int), ("int unsigned", .bigint),
        ("integer unsigned", .bigint), ("bigint unsigned", .decimal(precision: 20, scale: 0)),
    ]
    private static let supported = """
        BOOLEAN, SMALLINT, INT, BIGINT, REAL, DOUBLE, DECIMAL(p,s), TEXT, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, \
        INTERVAL, UUID, JSON, T[], STRUCT<name T>, MAP<K, V>
        """

    /// - Throws: where the name is unknown, its numbers do not fit or types nest too deep.
    static func resolve(_ name: TypeName) throws(SQLError) -> DataType {
        // What recurses over a type relies on its depth.
        if name.arrayDepth > DataType.maxDepth { throw tooDeep(name) }
        var type = try element(name)
        for _ in 0..<name.arrayDepth { type = .array(type) }
        if type.depth > DataType.maxDepth { throw tooDeep(name) }
        return type
    }

    /// How many characters a cast to VARCHAR(n) or CHAR(n) keeps; nil: all.
    static func length(_ name: TypeName) -> Int? {
        let names = ["varchar", "character varying", "char varying", "char", "character", "bpchar"]
        guard name.arrayDepth == 0, names.contains(name.name) else { return nil }
        return name.arguments.first
    }

    /// The function that rounds a time to the digits of its type, and these: of `TIMESTAMP(3)`; nil: all are kept.
    static func rounding(_ name: TypeName) -> (function: String, digits: Int)? {
        guard name.arrayDepth == 0, let digits = name.arguments.first,
            let known = plain.first(where: { $0.0 == name.name })?.1
        else { return nil }
        switch known {
        case .time: return ("time_scale", digits)
        case .timestamp: return ("timestamp_scale", digits)
        case .timestamptz: return ("timestamptz_scale", digits)
        case .interval: return ("interval_scale", digits)
        default: return nil
        }
    }

    private static func tooDeep(_ name: TypeName) -> SQLError {
        SQLError("types nest too deep, expected at most \(DataType.maxDepth) levels", at: name.range)
    }

    private static func element(_ name: TypeName) throws(SQLError) -> DataType {
        switch name.name {
        case "decimal", "numeric", "dec": return try decimal(name)
        case "array":
            guard name.elements.count == 1 else { throw malformed(name, "ARRAY<T> or T[]") }
            return .array(try resolve(name.elements[0]))
        case "map":
            guard name.elements.count == 2 else { throw malformed(name, "MAP<K, V>") }
            return .map(try resolve(name.elements[0]), try resolve(name.elements[1]))
        case "struct", "row": return try row(name)
        case "float":
            guard let bits = name.arguments.first else { return .double }
            guard (1...53).contains(bits) else { throw malformed(name, "FLOAT(1) to FLOAT(53)") }
            return bits <= 24 ? .real : .double
        default: break
        }
        if let known = plain.first(where: { $0.0 == name.name }) {
            if known.1.isTime, let digits = name.arguments.first, !(0...6).contains(digits) {
                throw SQLError("found \(name.name.uppercased())(\(digits)), expected 0 to 6 digits", at: name.range)
            }
            return known.1
        }
        if ["timetz", "time with time zone"].contains(name.name) {
            throw SQLError("TIME WITH TIME ZONE is not supported", at: name.range, hint: "use TIME or TIMESTAMPTZ")
        }
        let names = plain.map(\.0) + ["decimal", "numeric", "array", "struct", "map"]
        throw SQLError(
            "unknown type \"\(name.name)\"", at: name.range,
            hint: suggestion(for: name.name, among: names).map { "did you mean \($0.uppercased())?" }
                ?? "supported: \(supported)")
    }

    private static func malformed(_ name: TypeName, _ expected: String) -> SQLError {
        SQLError("malformed type \(name.name.uppercased()), expected \(expected)", at: name.range)
    }

    private static func row(_ name: TypeName) throws(SQLError) -> DataType {
        if name.fields.isEmpty { throw malformed(name, "STRUCT<name T, …>") }
        var fields: [Field] = []
        var seen: Set<String> = []
        for field in name.fields {
            guard seen.insert(field.name.name).inserted else {
                throw SQLError("field \"\(field.name.name)\" appears twice", at: field.name.range)
            }
            fields.append(Field(field.name.name, try resolve(field.type)))
        }
        return .row(fields)
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
