import MutstreamColumnar

/// One function of the library: everything that is known of it, in one place.
///
/// ```swift
/// LibraryEntry("split_index", group: .text, "The part of that number, from 0.", [.text, .text, .int], .text) { _, _ in
///     Kernels.splitIndex()
/// }
/// ```
struct LibraryEntry: Sendable {
    /// The heading a function is listed under.
    enum Group: String, Sendable, CaseIterable {
        case numbers = "Numbers", text = "Text", pattern = "Patterns", format = "Formats", hash = "Bytes and hashes"
        case time = "Dates and times", condition = "Conditions", json = "JSON", array = "Arrays, rows and maps"
        case system = "System"
    }

    /// What an argument may be.
    enum Parameter: Sendable, Hashable {
        /// Exactly this type, after an implicit conversion.
        case type(DataType)
        /// DECIMAL of any digits; integers become the decimal that holds them.
        case decimal
        /// Any value, as it is; a literal without a type becomes TEXT.
        case any
        /// Any value, as its text; BOOLEAN as `t` or `f`, as `concat` takes it.
        case textual
        /// Any array or element: the arguments of all ``anyElement`` parameters and the elements of all
        /// ``anyArray`` ones are converted to one common type.
        case anyArray, anyElement
        case anyNumber, anyInteger
        /// JSON.
        case anyJSON
        /// Any row (STRUCT).
        case anyRow
        /// Any map.
        case anyMap

        static let boolean = Parameter.type(.boolean)
        static let int = Parameter.type(.int)
        static let bigint = Parameter.type(.bigint)
        static let double = Parameter.type(.double)
        static let text = Parameter.type(.text)
        static let bytes = Parameter.type(.bytes)
        static let date = Parameter.type(.date)
        static let time = Parameter.type(.time)
        static let timestamp = Parameter.type(.timestamp)
        static let timestamptz = Parameter.type(.timestamptz)
        static let interval = Parameter.type(.interval)
        static let uuid = Parameter.type(.uuid)
        static let textArray = Parameter.type(.array(.text))

        var name: String {
            switch self {
            case .type(let type): type.name
            case .decimal: "DECIMAL"
            case .any, .textual: "ANY"
            case .anyArray: "ANY[]"
            case .anyElement: "ELEMENT"
            case .anyNumber: "NUMBER"
            case .anyInteger: "INTEGER"
            case .anyJSON: "JSON"
            case .anyRow: "STRUCT"
            case .anyMap: "MAP"
            }
        }
    }

    enum Result: Sendable {
        case type(DataType)
        /// A function of the converted operands; what it throws refuses the call. The text stands in the signature.
        case of(String, @Sendable ([Expression]) throws(TypeError) -> DataType)

        static let boolean = Result.type(.boolean)
        static let int = Result.type(.int)
        static let bigint = Result.type(.bigint)
        static let double = Result.type(.double)
        static let text = Result.type(.text)
        static let bytes = Result.type(.bytes)
        static let date = Result.type(.date)
        static let time = Result.type(.time)
        static let timestamp = Result.type(.timestamp)
        static let timestamptz = Result.type(.timestamptz)
        static let interval = Result.type(.interval)
        static let uuid = Result.type(.uuid)
        static let textArray = Result.type(.array(.text))
        /// The type of the first operand.
        static let first = Result.of("the first's type") { operands throws(TypeError) in operands[0].type }

        var name: String {
            switch self {
            case .type(let type): type.name
            case .of(let text, _): text
            }
        }
    }

    enum Body: Sendable {
        /// The loop over converted operands; made once an evaluator, so constant operands are prepared here.
        case kernel(@Sendable ([Expression], DataType) -> Kernel)
        /// Another expression over the operands. Those of ``Parameter/any`` may still be untyped literals.
        case rewrite(@Sendable ([Expression]) throws(TypeError) -> Expression)
    }

    /// The first is the one that messages and plans show.
    var names: [String]
    var group: Group
    var summary: String
    var parameters: [Parameter]
    /// How many of the last parameters may be left out.
    var optional: Int
    /// The last parameter may come any number of times, at least once.
    var isVariadic: Bool
    var result: Result
    /// False is a promise: no row of operands that have values fails.
    var mayFail: Bool
    var body: Body

    init(
        _ names: String..., group: Group, _ summary: String, _ parameters: [Parameter], optional: Int = 0,
        isVariadic: Bool = false, _ result: Result, mayFail: Bool = true,
        kernel: @escaping @Sendable (_ operands: [Expression], _ result: DataType) -> Kernel
    ) {
        self.names = names
        self.group = group
        self.summary = summary
        self.parameters = parameters
        self.optional = optional
        self.isVariadic = isVariadic
        self.result = result
        self.mayFail = mayFail
        body = .kernel(kernel)
    }

    init(
        _ names: String..., group: Group, _ summary: String, _ parameters: [Parameter], optional: Int = 0,
        isVariadic: Bool = false, result: String,
        rewrite: @escaping @Sendable ([Expression]) throws(TypeError) -> Expression
    ) {
        self.names = names
        self.group = group
        self.summary = summary
        self.parameters = parameters
        self.optional = optional
        self.isVariadic = isVariadic
        self.result = .of(result) { operands throws(TypeError) in .text }
        mayFail = true
        body = .rewrite(rewrite)
    }

    /// Whether SQL writes it as a sign between or before its operands.
    var isOperator: Bool { !(names[0].utf8.first.map { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a } ?? false) }

    /// `name(TEXT, INT[, TEXT]) → TEXT`, `TEXT ~ TEXT → BOOLEAN`.
    func signature(_ name: String) -> String {
        if isOperator {
            let operands = parameters.map(\.name)
            return (operands.count == 1 ? "\(name) \(operands[0])" : operands.joined(separator: " \(name) ")) + " → "
                + result.name
        }
        var text = name + "("
        for (index, parameter) in parameters.enumerated() {
            let isOptional = index >= parameters.count - optional
            if isOptional { text += "[" }
            if index > 0 { text += ", " }
            text += parameter.name
        }
        return text + String(repeating: "]", count: optional) + (isVariadic ? ", …" : "") + ") → " + result.name
    }
}

/// A function of the library: the number of its entry in ``Library/all``.
package struct LibraryFunction: Sendable, Hashable {
    let index: Int

    var entry: LibraryEntry { Library.all[index] }
    package var name: String { entry.names[0] }
    var mayFail: Bool { entry.mayFail }

    func kernel(_ operands: [Expression], result: DataType) -> Kernel {
        guard case .kernel(let make) = entry.body else { preconditionFailure("\(name) is another expression") }
        return make(operands, result)
    }
}

/// The functions that are no case of ``Function``. Each file of this folder holds one list.
enum Library {
    static let all: [LibraryEntry] =
        numbers + bits + text + regex + format + hash + time + zones + conditions + json + arrays

    /// The numbers of the entries of each name, rising.
    static let byName: [String: [Int]] = {
        var result: [String: [Int]] = [:]
        for (index, entry) in all.enumerated() {
            for name in entry.names { result[name, default: []].append(index) }
        }
        return result
    }()

    static let names: [String] = all.flatMap(\.names)

    /// The entries of a name that take so many arguments: for the operators, which know theirs.
    static func function(_ name: String, _ parameters: [LibraryEntry.Parameter]) -> Function? {
        byName[name]?.first { all[$0].parameters == parameters }.map { .library(LibraryFunction(index: $0)) }
    }

    /// Functions that PostgreSQL or Flink have and Mutstream leaves out, and why.
    static let refused: [String: String] = [
        "random": "the same input must always give the same output; use a hash of a key, like crc32(TEXT)",
        "rand": "the same input must always give the same output; use a hash of a key, like crc32(TEXT)",
        "setseed": "the same input must always give the same output; there are no random numbers",
        "gen_random_uuid": "the same input must always give the same output; use md5(TEXT)::UUID over a key",
        "uuid": "the same input must always give the same output; use md5(TEXT)::UUID over a key",
        "clock_timestamp": "the same input must always give the same output; use a time column",
        "timeofday": "the same input must always give the same output; use a time column",
        "normalize": "Unicode normalisation is not built in; normalise texts before they are inserted",
        "trim_scale": "a DECIMAL keeps the digits of its type; CAST it to one of fewer digits",
        "parse_ident": "names are no values here; use string_to_array or split_part",
        "pg_sleep": "a query does not wait",
    ]
}
