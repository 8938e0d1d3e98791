import MutstreamColumnar

/// One line of the list of functions.
package struct CatalogEntry: Sendable, Hashable {
    package var name: String
    package var signature: String
    package var summary: String
    /// The heading it is listed under.
    package var group = ""
}

/// One way to call a function.
struct Signature: Sendable {
    enum Kind: String, Sendable {
        case smallint = "SMALLINT", real = "REAL"
        case boolean = "BOOLEAN", int = "INT", bigint = "BIGINT", double = "DOUBLE", decimal = "DECIMAL", text = "TEXT"
        case date = "DATE", timestamp = "TIMESTAMP", timestamptz = "TIMESTAMPTZ", interval = "INTERVAL", any = "ANY"

        var parameter: LibraryEntry.Parameter {
            switch self {
            case .boolean: .boolean
            case .smallint: .type(.smallint)
            case .real: .type(.real)
            case .int: .int
            case .bigint: .bigint
            case .double: .double
            case .decimal: .decimal
            case .text: .text
            case .date: .date
            case .timestamp: .timestamp
            case .timestamptz: .timestamptz
            case .interval: .interval
            case .any: .textual
            }
        }
    }

    var name: String
    var parameters: [Kind]
    /// The last parameter may come any number of times.
    var isVariadic = false
    var result: Kind
    var function: Function
    var summary: String

    var text: String {
        "\(name)(\(parameters.map(\.rawValue).joined(separator: ", "))\(isVariadic ? ", …" : "")) → \(result.rawValue)"
    }
}

/// All scalar functions.
enum Catalog {
    /// By name, each in the order of ``all``.
    static let byName: [String: [Signature]] = Dictionary(grouping: all, by: \.name)

    /// Functions with a form of their own in ``Typing/call(_:_:)``.
    static let special: [CatalogEntry] = [
        CatalogEntry(
            name: "coalesce", signature: "coalesce(ANY, …) → ANY", summary: "The first value that is not NULL.",
            group: LibraryEntry.Group.condition.rawValue),
        CatalogEntry(
            name: "nullif", signature: "nullif(ANY, ANY) → ANY", summary: "NULL if both are equal, else the first.",
            group: LibraryEntry.Group.condition.rawValue),
        CatalogEntry(
            name: "greatest", signature: "greatest(ANY, …) → ANY", summary: "The greatest value; NULLs are ignored.",
            group: LibraryEntry.Group.condition.rawValue),
        CatalogEntry(
            name: "least", signature: "least(ANY, …) → ANY", summary: "The least value; NULLs are ignored.",
            group: LibraryEntry.Group.condition.rawValue),
        CatalogEntry(
            name: "date_part", signature: "date_part(TEXT, TIMESTAMP | DATE | INTERVAL) → DOUBLE",
            summary: "A field of a time, like EXTRACT.", group: LibraryEntry.Group.time.rawValue),
        CatalogEntry(
            name: "date_trunc", signature: "date_trunc(TEXT, TIMESTAMP | TIMESTAMPTZ) → the same",
            summary: "The start of the hour, day, month … that holds the time.", group: LibraryEntry.Group.time.rawValue),
        CatalogEntry(
            name: "tumble_start", signature: "tumble_start(TIMESTAMP, INTERVAL[, INTERVAL]) → TIMESTAMP",
            summary: "The start of the window of a fixed size that holds the time, shifted by an offset.",
            group: LibraryEntry.Group.time.rawValue),
        CatalogEntry(
            name: "round", signature: "round(DECIMAL, INT) → DECIMAL",
            summary: "Rounded to a number of digits after the point, half away from zero.",
            group: LibraryEntry.Group.numbers.rawValue),
        CatalogEntry(
            name: "trunc", signature: "trunc(DECIMAL, INT) → DECIMAL", summary: "Cut to a number of digits after the point.",
            group: LibraryEntry.Group.numbers.rawValue),
        CatalogEntry(
            name: "mod", signature: "mod(number, number) → number", summary: "The remainder, with the sign of the dividend.",
            group: LibraryEntry.Group.numbers.rawValue),
        CatalogEntry(
            name: "pi", signature: "pi() → DOUBLE", summary: "The circle constant.",
            group: LibraryEntry.Group.numbers.rawValue),
    ]

    static let all: [Signature] = numbers + texts

    private static func double(_ name: String, _ function: Function, _ summary: String, operands: Int = 1) -> Signature {
        Signature(
            name: name, parameters: [Signature.Kind](repeating: .double, count: operands), result: .double,
            function: function,
            summary: summary)
    }

    private static func each(
        _ names: [String], _ kinds: [Signature.Kind], _ function: Function, _ summary: String
    ) -> [Signature] {
        names.flatMap { name in
            kinds.map { Signature(name: name, parameters: [$0], result: $0, function: function, summary: summary) }
        }
    }

    private static func text(
        _ names: [String], _ parameters: [Signature.Kind], _ result: Signature.Kind, _ function: Function,
        _ summary: String, isVariadic: Bool = false
    ) -> [Signature] {
        names.map {
            Signature(
                name: $0, parameters: parameters, isVariadic: isVariadic, result: result, function: function,
                summary: summary)
        }
    }

    private static let numbers: [Signature] =
        each(["abs"], [.smallint, .int, .bigint, .decimal, .real, .double], .abs, "The absolute value.")
        + each(["ceil", "ceiling"], [.decimal, .double], .ceil, "The least whole number that is not less.")
        + each(["floor"], [.decimal, .double], .floor, "The greatest whole number that is not greater.")
        + each(
            ["round"], [.decimal, .double], .round,
            "The nearest whole number; halves: DECIMAL away from zero, DOUBLE to even.")
        + each(["trunc"], [.decimal, .double], .trunc, "Without the digits after the point.")
        + each(["sign"], [.decimal, .double], .sign, "-1, 0 or 1.")
        + [
            double("power", .power, "The first raised to the second.", operands: 2),
            double("pow", .power, "The first raised to the second.", operands: 2),
            double("sqrt", .sqrt, "The square root."), double("cbrt", .cbrt, "The cube root."),
            double("exp", .exp, "e raised to a power."), double("ln", .ln, "The natural logarithm."),
            double("log", .log10, "The logarithm to base 10."), double("log10", .log10, "The logarithm to base 10."),
            double("log", .log, "The logarithm of the second to the base of the first.", operands: 2),
            double("sin", .sin, "Sine, in radians."), double("cos", .cos, "Cosine, in radians."),
            double("tan", .tan, "Tangent, in radians."), double("asin", .asin, "Inverse sine."),
            double("acos", .acos, "Inverse cosine."), double("atan", .atan, "Inverse tangent."),
            double("atan2", .atan2, "Inverse tangent of the first over the second.", operands: 2),
            double("sinh", .sinh, "Hyperbolic sine."), double("cosh", .cosh, "Hyperbolic cosine."),
            double("tanh", .tanh, "Hyperbolic tangent."), double("degrees", .degrees, "Radians to degrees."),
            double("radians", .radians, "Degrees to radians."),
            Signature(
                name: "to_timestamp", parameters: [.double], result: .timestamptz, function: .toTimestamp,
                summary: "The time so many seconds after 1970."),
        ]

    private static let texts: [Signature] =
        text(["length", "char_length", "character_length", "len"], [.text], .int, .length, "The number of characters.")
        + text(["octet_length"], [.text], .int, .octetLength, "The number of bytes.")
        + text(["lower"], [.text], .text, .lower, "In lower case.")
        + text(["upper"], [.text], .text, .upper, "In upper case.")
        + text(["initcap"], [.text], .text, .initcap, "The first letter of each word in upper, the rest in lower case.")
        + text(["reverse"], [.text], .text, .reverse, "The characters in opposite order.")
        + text(["ascii"], [.text], .int, .ascii, "The code of the first character.")
        + text(["chr"], [.int], .text, .chr, "The character of a code.")
        + text(["btrim", "trim"], [.text], .text, .trimBoth, "Without spaces at both ends.")
        + text(["btrim", "trim"], [.text, .text], .text, .trimBoth, "Without characters of the second at both ends.")
        + text(["ltrim"], [.text], .text, .trimLeading, "Without spaces at the start.")
        + text(["ltrim"], [.text, .text], .text, .trimLeading, "Without characters of the second at the start.")
        + text(["rtrim"], [.text], .text, .trimTrailing, "Without spaces at the end.")
        + text(["rtrim"], [.text, .text], .text, .trimTrailing, "Without characters of the second at the end.")
        + text(["substring", "substr"], [.text, .int], .text, .substring, "From a character on, counted from 1.")
        + text(["substring", "substr"], [.text, .int, .int], .text, .substring, "So many characters from one on.")
        + text(["left"], [.text, .int], .text, .left, "The first characters; negative: all but the last.")
        + text(["right"], [.text, .int], .text, .right, "The last characters; negative: all but the first.")
        + text(
            ["strpos", "position"], [.text, .text], .int, .position,
            "Where the second begins in the first, from 1; 0: nowhere.")
        + text(["replace"], [.text, .text, .text], .text, .replace, "Every second in the first replaced by the third.")
        + text(["concat"], [.any], .text, .concat, "All joined; NULLs are ignored.", isVariadic: true)
        + text(
            ["concat_ws"], [.text, .any], .text, .concatWithSeparator, "The rest joined by the first; NULLs are ignored.",
            isVariadic: true)
        + text(["starts_with"], [.text, .text], .boolean, .startsWith, "Whether the first begins with the second.")
        + text(["repeat"], [.text, .int], .text, .repeatText, "So many times; at most 1 MB.")
        + text(["lpad"], [.text, .int], .text, .padLeft, "Filled with spaces on the left, or cut, to a length.")
        + text(["lpad"], [.text, .int, .text], .text, .padLeft, "Filled with the third on the left, or cut, to a length.")
        + text(["rpad"], [.text, .int], .text, .padRight, "Filled with spaces on the right, or cut, to a length.")
        + text(["rpad"], [.text, .int, .text], .text, .padRight, "Filled with the third on the right, or cut, to a length.")
        + text(
            ["split_part"], [.text, .text, .int], .text, .splitPart,
            "The part of that number between separators; negative: from the end.")
}

extension Typing {
    /// Every function, for documentation and suggestions, by name.
    package static var catalog: [CatalogEntry] {
        let plain = Catalog.all.map { signature in
            let group: LibraryEntry.Group =
                switch signature.function {
                case .toTimestamp: .time
                case .like: .pattern
                default: signature.parameters.first == .text || signature.result == .text ? .text : .numbers
                }
            return CatalogEntry(
                name: signature.name, signature: signature.text, summary: signature.summary, group: group.rawValue)
        }
        let library = Library.all.flatMap { entry in
            entry.names.map { name in
                CatalogEntry(
                    name: name, signature: entry.signature(name), summary: entry.summary, group: entry.group.rawValue)
            }
        }
        return (plain + Catalog.special + library).sorted { ($0.name, $0.signature) < ($1.name, $1.signature) }
    }

    /// True if there is a scalar function of this lower-case name, or a reason why there is none.
    package static func isFunction(_ name: String) -> Bool {
        Catalog.byName[name] != nil || Library.byName[name] != nil || Library.refused[name] != nil
            || Catalog.special.contains { $0.name == name }
    }
}

/// Names close to one that is not known.
package enum Suggestion {
    /// The nearest of `names`, if it is near enough to be meant. Ties: the first.
    package static func nearest(_ name: String, _ names: [String]) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            if distance <= max(1, min(name.utf8.count, candidate.utf8.count) / 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Letters to insert, remove, change or swap with their neighbour.
    private static func distance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        if lhs.count > 64 || rhs.count > 64 { return .max }
        var rows = [[Int]](repeating: [Int](repeating: 0, count: rhs.count + 1), count: lhs.count + 1)
        for i in 0...lhs.count {
            for j in 0...rhs.count {
                if i == 0 || j == 0 {
                    rows[i][j] = max(i, j)
                    continue
                }
                let change = rows[i - 1][j - 1] + (lhs[i - 1] == rhs[j - 1] ? 0 : 1)
                rows[i][j] = min(change, rows[i - 1][j] + 1, rows[i][j - 1] + 1)
                if i > 1, j > 1, lhs[i - 1] == rhs[j - 2], lhs[i - 2] == rhs[j - 1] {
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
                }
            }
        }
        return rows[lhs.count][rhs.count]
    }
}
