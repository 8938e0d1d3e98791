/// The records of one file, with its loops unrolled, its includes taken in and its conditions applied.
package struct Script: Sendable {
    package var file: String
    package var records: [Record]

    /// - Parameter limit: records after which the rest is left out, against loops of millions.
    package static func read(_ file: String, dialect: Dialect, limit: Int = 200_000) -> Script? {
        guard let text = Files.read(file) else { return nil }
        var reader = ScriptReader(dialect: dialect, limit: limit)
        reader.read(text, file: file)
        return Script(file: file, records: reader.records)
    }

    /// For tests: from a text.
    package static func parse(_ text: String, file: String = "test.slt", dialect: Dialect, limit: Int = 200_000) -> Script {
        var reader = ScriptReader(dialect: dialect, limit: limit)
        reader.read(text, file: file)
        return Script(file: file, records: reader.records)
    }
}

/// Lines of a file to records.
///
/// The grammar is that of SQLite's sqllogictest with the additions of DuckDB's runner (loops, `require`, `mode skip`, error
/// texts behind `----`) and of the one RisingWave uses (`include`, `control`, `query error`, `retry`).
struct ScriptReader {
    private struct Line {
        var number: Int
        var text: String
        /// Not inside a loop or an included file: a result here can be written anew.
        var isPlain: Bool
    }

    private(set) var records: [Record] = []
    private let dialect: Dialect
    private let limit: Int
    private var hasHalted = false
    private var isSkipping = false
    private var substitutes = false
    private var defaultSort = QueryExpectation.Sort.none
    private var hasRun = false
    private var depth = 0

    init(dialect: Dialect, limit: Int) {
        self.dialect = dialect
        self.limit = limit
    }

    mutating func read(_ text: String, file: String) {
        // By scalars: a carriage return and a line feed are one character.
        let parts = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        let lines = parts.enumerated().map { number, line in
            Line(number: number + 1, text: String(line.last == "\r" ? line.dropLast() : line), isPlain: depth == 0)
        }
        read(lines, file: file, variables: [:])
    }

    // MARK: Blocks

    private mutating func read(_ lines: [Line], file: String, variables: [String: String]) {
        var position = 0
        while position < lines.count, !hasHalted {
            if records.count >= limit {
                halt("the file has more than \(limit) records", Place(file: file, line: lines[position].number))
                return
            }
            let start = lines[position]
            let words = ScriptReader.words(start.text)
            guard let head = words.first, !head.hasPrefix("#") else {
                position += 1
                continue
            }
            let place = Place(file: file, line: start.number)
            if ["loop", "foreach", "concurrentloop", "concurrentforeach"].contains(head) {
                position = readLoop(lines, position, words, file, variables)
            } else if ["statement", "query", "skipif", "onlyif"].contains(head) {
                position = readRecord(lines, position, file)
            } else {
                position = directive(head, words, lines, position, place)
            }
        }
    }

    private mutating func readLoop(
        _ lines: [Line], _ start: Int, _ words: [String], _ file: String, _ variables: [String: String]
    ) -> Int {
        var open = 1
        var end = start + 1
        while end < lines.count {
            let head = ScriptReader.words(lines[end].text).first ?? ""
            if ["loop", "foreach", "concurrentloop", "concurrentforeach"].contains(head) { open += 1 }
            if head == "endloop" { open -= 1 }
            if open == 0 { break }
            end += 1
        }
        let body = lines[(start + 1)..<min(end, lines.count)]
        let place = Place(file: file, line: lines[start].number)
        guard words.count >= 3 else {
            skip("a loop without values", place)
            return end + 1
        }
        let name = words[1]
        let values: [String]
        if words[0].hasSuffix("foreach") {
            values = ScriptReader.elements(Array(words[2...]))
        } else if words.count >= 4, let first = Int(words[2]), let last = Int(words[3]), first <= last {
            values = (first..<min(last, first + limit)).map(String.init)
        } else {
            skip("a loop whose bounds are not numbers", place)
            return end + 1
        }
        let names = name.split(separator: ",").map(String.init)
        for value in values where !hasHalted && records.count < limit {
            // `foreach a,b 1,2 3,4` names several at once.
            let parts = names.count > 1 ? value.split(separator: ",").map(String.init) : [value]
            var inner = variables
            for (name, part) in zip(names, parts) { inner[name] = part }
            let lines = body.map { line in
                var text = line.text
                if text.contains("{") || text.contains("if ") {
                    for (name, part) in zip(names, parts) {
                        text = ScriptReader.replace("${\(name)}", part, in: text)
                        if let condition = ScriptReader.condition(text, name, part) { text = condition }
                    }
                }
                return Line(number: line.number, text: text, isPlain: false)
            }
            read(lines, file: file, variables: inner)
        }
        return end + 1
    }

    /// `onlyif i=3` once `i` has a value: a condition that always or never holds.
    private static func condition(_ line: String, _ name: String, _ value: String) -> String? {
        let words = words(line)
        guard words.count >= 2, words[0] == "onlyif" || words[0] == "skipif" else { return nil }
        for sign in ["!=", ">=", "<=", "=", "<", ">"] where words[1].hasPrefix(name + sign) {
            let other = String(words[1].dropFirst(name.count + sign.count))
            let order = Int(value).flatMap { left in Int(other).map { left - $0 } } ?? (value == other ? 0 : 1)
            let holds =
                switch sign {
                case "=": order == 0
                case "!=": order != 0
                case ">=": order >= 0
                case "<=": order <= 0
                case "<": order < 0
                default: order > 0
                }
            return "\(words[0]) \(holds ? "*" : "-")"
        }
        return nil
    }

    // MARK: Records

    private mutating func readRecord(_ lines: [Line], _ start: Int, _ file: String) -> Int {
        var position = start
        var isWanted = !isSkipping
        var words = ScriptReader.words(lines[position].text)
        while let head = words.first, head == "skipif" || head == "onlyif" {
            if words.count > 1 {
                let holds = words[1] == "*" || (words[1] != "-" && dialect.labels.contains(words[1].lowercased()))
                if holds == (head == "skipif") { isWanted = false }
            }
            position += 1
            words = position < lines.count ? ScriptReader.words(lines[position].text) : []
        }
        guard let head = words.first, position < lines.count else { return position }
        let place = Place(file: file, line: lines[position].number)
        guard head == "statement" || head == "query" else {
            // A condition before a directive.
            return isWanted ? directive(head, words, lines, position, place) : position + 1
        }
        let headLine = lines[position].text
        let isPlain = lines[position].isPlain
        position += 1
        var sql: [String] = []
        while position < lines.count, !ScriptReader.isBlank(lines[position].text), lines[position].text != "----" {
            sql.append(lines[position].text)
            position += 1
        }
        var result: [String]?
        var resultStart = position
        if position < lines.count, lines[position].text == "----" {
            position += 1
            resultStart = position
            let endsTwice = words.contains("error") && dialect.hasRowsOfWords
            var body: [String] = []
            while position < lines.count {
                if lines[position].text.isEmpty {
                    if !endsTwice || position + 1 >= lines.count || lines[position + 1].text.isEmpty { break }
                }
                body.append(lines[position].text)
                position += 1
            }
            result = body
        }
        let resultEnd = position
        guard isWanted else { return position }
        hasRun = true
        let text = substitute(sql.joined(separator: "\n"))
        guard let text else {
            skip("a variable without a value", place)
            return position
        }
        if head == "statement" {
            let expectation = ScriptReader.statement(words, headLine, result)
            records.append(Record(place: place, sql: text, kind: .statement(expectation)))
        } else {
            var expectation = query(words, headLine, result)
            if isPlain, result != nil, depth == 0 {
                expectation.resultLines =
                    lines[resultStart - 1].number + 1..<lines[resultStart - 1].number + 1 + resultEnd
                    - resultStart
            }
            records.append(Record(place: place, sql: text, kind: .query(expectation)))
        }
        return position
    }

    private static func statement(_ words: [String], _ line: String, _ result: [String]?) -> StatementExpectation {
        switch words.count > 1 ? words[1] : "ok" {
        case "error": return .error(pattern(after: "error", in: line, result))
        case "count": return words.count > 2 ? Int(words[2]).map { .count($0) } ?? .ok : .ok
        case "maybe": return .maybe
        default: return .ok
        }
    }

    private static func pattern(after word: String, in line: String, _ result: [String]?) -> ErrorPattern? {
        if let result, !result.isEmpty {
            let text = result.joined(separator: "\n")
            return text.hasPrefix("<REGEX>:") ? .regex(String(text.dropFirst(8))) : .text(text)
        }
        guard let found = line.firstRange(of: word) else { return nil }
        let rest = line[found.upperBound...].drop { $0 == " " || $0 == "\t" }
        return rest.isEmpty ? nil : .regex(String(rest))
    }

    private func query(_ words: [String], _ line: String, _ result: [String]?) -> QueryExpectation {
        var types = words.count > 1 ? words[1] : ""
        if types == "error" {
            return QueryExpectation(
                types: "", sort: .none, result: .error(ScriptReader.pattern(after: "error", in: line, result)))
        }
        var sort = defaultSort
        var rest = words.dropFirst(2)
        if ScriptReader.sort(types) != nil {
            rest = words.dropFirst(1)
            types = ""
        }
        if let first = rest.first, let named = ScriptReader.sort(first) { sort = named }
        guard let result else { return QueryExpectation(types: types, sort: sort, result: .any) }
        if result.count == 1 {
            let parts = ScriptReader.words(result[0])
            if parts.count == 5, parts[1] == "values", parts[2] == "hashing", let count = Int(parts[0]) {
                return QueryExpectation(types: types, sort: sort, result: .hash(values: count, digest: parts[4]))
            }
        }
        return QueryExpectation(types: types, sort: sort, result: .lines(result))
    }

    private static func sort(_ word: String) -> QueryExpectation.Sort? {
        switch word {
        case "nosort": QueryExpectation.Sort.none
        case "rowsort", "sort": .rows
        case "valuesort": .values
        default: word.hasPrefix("partialsort") ? .rows : nil
        }
    }

    // MARK: Directives

    private mutating func directive(
        _ head: String, _ words: [String], _ lines: [Line], _ position: Int, _ place: Place
    ) -> Int {
        let argument = words.count > 1 ? words[1] : ""
        switch head {
        case "mode":
            if argument == "skip" { isSkipping = true }
            if argument == "unskip" { isSkipping = false }
        case _ where isSkipping: return ScriptReader.endOfBlock(lines, position)
        case "halt": halt(nil, place)
        case "include": include(argument, place)
        case "control":
            let value = words.count > 2 ? words[2] : ""
            if argument == "substitution" { substitutes = value == "on" }
            if argument == "sortmode" { defaultSort = ScriptReader.sort(value) ?? .none }
        case "require": require(argument, place)
        case "require-env": halt("it requires the environment variable \(argument)", place)
        case "test-env": break
        case "load": if hasRun { halt("it opens a database again", place) }
        case "restart", "unzip": halt("it needs a database on disk", place)
        case "system", "let", "statement-async", "template":
            skip("`\(head)` is not done here", place)
            return ScriptReader.endOfBlock(lines, position)
        case "hash-threshold", "sleep", "connection", "subtest", "set", "reset", "tags", "reconnect", "continue", "endloop",
            "result-mode", "----":
            break
        default:
            skip("`\(String(head.prefix(40)))` is not known here", place)
            return ScriptReader.endOfBlock(lines, position)
        }
        return position + 1
    }

    /// What files may require of the one who runs them and this runner has.
    private static let present: Set = [
        "skip_reload", "vector_size", "exact_vector_size", "notwindows", "notmingw", "64bit", "no_alternative_verify",
        "noforcestorage", "no_force_storage", "no_extension_autoloading", "block_size", "no_vector_verification",
        "no_latest_storage", "ram", "mutstream", "strinline", "core_functions", "vacuum_rebuild_indexes",
    ]

    private mutating func require(_ name: String, _ place: Place) {
        if !ScriptReader.present.contains(name.lowercased()) { halt("it requires \(name)", place) }
    }

    private mutating func include(_ pattern: String, _ place: Place) {
        guard depth < 8 else { return skip("includes within includes, eight deep", place) }
        let path = pattern.hasPrefix("/") ? pattern : Files.folder(of: place.file) + "/" + pattern
        let found = Files.matching(path)
        if found.isEmpty { skip("nothing to include: \(pattern)", place) }
        depth += 1
        for file in found {
            if let text = Files.read(file) { read(text, file: file) } else { skip("cannot read \(file)", place) }
        }
        depth -= 1
    }

    private mutating func skip(_ reason: String, _ place: Place) {
        records.append(Record(place: place, sql: "", kind: .skipped(reason)))
    }

    private mutating func halt(_ reason: String?, _ place: Place) {
        records.append(Record(place: place, sql: "", kind: .halt(reason)))
        hasHalted = true
    }

    // MARK: Texts

    static func words(_ line: String) -> [String] {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    }

    private static func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }

    private static func endOfBlock(_ lines: [Line], _ start: Int) -> Int {
        var position = start
        while position < lines.count, !isBlank(lines[position].text) { position += 1 }
        return position
    }

    static func replace(_ mark: String, _ value: String, in text: String) -> String {
        guard text.contains(mark) else { return text }
        return text.split(separator: mark, omittingEmptySubsequences: false).joined(separator: value)
    }

    /// `${NAME}`, `${NAME:default}` and `$NAME` from the environment where the file asks for it.
    private func substitute(_ sql: String) -> String? {
        if dialect == .duckdb {
            var sql = sql
            for mark in ["__TEST_DIR__", "{TEST_DIR}"] { sql = ScriptReader.replace(mark, "/tmp/logictest", in: sql) }
            return sql
        }
        guard substitutes, sql.contains("$") || sql.contains("\\") else { return sql }
        var result = ""
        var rest = sql[...]
        while let character = rest.first {
            rest = rest.dropFirst()
            if character == "\\", let next = rest.first, next == "$" || next == "\\" {
                result.append(next)
                rest = rest.dropFirst()
            } else if character == "$", rest.first == "{", let end = rest.firstIndex(of: "}") {
                let parts = rest[..<end].dropFirst().split(separator: ":", maxSplits: 1).map(String.init)
                guard let name = parts.first,
                    let value = Files.environment(name) ?? (parts.count > 1 ? parts[1] : nil)
                else { return nil }
                result += value
                rest = rest[end...].dropFirst()
            } else if character == "$", let first = rest.first, first.isLetter || first == "_" {
                let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                guard let value = Files.environment(String(name)) else { return nil }
                result += value
                rest = rest.dropFirst(name.count)
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// The values of a `foreach`: groups of types by name, values in quotes with blanks in them.
    private static func elements(_ words: [String]) -> [String] {
        var result: [String] = []
        var open: String?
        for word in words {
            if let before = open {
                let joined = before + " " + word
                if word.hasSuffix("'") { result.append(joined) }
                open = word.hasSuffix("'") ? nil : joined
            } else if word.hasPrefix("'"), word.count == 1 || !word.hasSuffix("'") {
                open = word
            } else if let group = groups[word] {
                result += group
            } else if word.hasPrefix("!") {
                result.removeAll { $0 == word.dropFirst() }
            } else if word == "<alltypes>" {
                result += (groups["<numeric>"] ?? []) + ["bool", "interval", "varchar", "json", "blob"]
            } else {
                result.append(word)
            }
        }
        if let open { result.append(open) }
        return result
    }

    private static let signed = ["tinyint", "smallint", "integer", "bigint", "hugeint"]
    private static let unsigned = ["utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"]
    private static let groups: [String: [String]] = [
        "<signed>": signed, "<unsigned>": unsigned, "<integral>": signed + unsigned,
        "<numeric>": signed + unsigned + ["float", "double"],
        "<compression>": ["none", "uncompressed", "rle", "bitpacking", "dictionary", "fsst", "alp", "alprd"],
        "<all_types_columns>": [
            "bool", "tinyint", "smallint", "int", "bigint", "hugeint", "uhugeint", "utinyint", "usmallint", "uint",
            "ubigint",
            "date", "time", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "time_tz", "timestamp_tz", "float",
            "double", "dec_4_1", "dec_9_4", "dec_18_6", "dec38_10", "uuid", "interval", "varchar", "blob", "bit",
            "small_enum",
            "medium_enum", "large_enum", "int_array", "double_array", "date_array", "timestamp_array", "timestamptz_array",
            "varchar_array", "nested_int_array", "struct", "struct_of_arrays", "array_of_structs", "map",
        ],
    ]
}
