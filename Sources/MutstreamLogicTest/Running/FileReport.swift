/// How a file went in one mode.
package struct FileReport: Sendable {
    package var file: String
    package var mode: Mode
    package var records: [Record] = []
    /// By record; what was not reached is not there.
    package var results: [Int: RecordResult] = [:]

    package init(file: String, mode: Mode) {
        self.file = file
        self.mode = mode
    }

    package func count(_ verdict: RecordResult.Verdict) -> Int {
        results.values.reduce(0) { $0 + ($1.verdict == verdict ? 1 : 0) }
    }

    package func countQueries(_ verdict: RecordResult.Verdict) -> Int {
        results.reduce(0) { sum, entry in
            let isQuery = records.indices.contains(entry.key) && records[entry.key].isQuery
            return sum + (isQuery && entry.value.verdict == verdict ? 1 : 0)
        }
    }

    package func place(_ index: Int) -> String { records.indices.contains(index) ? records[index].place.text : file }

    /// Records of a verdict in the order of the file.
    package func records(_ verdict: RecordResult.Verdict) -> [(index: Int, detail: String)] {
        results.filter { $0.value.verdict == verdict }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.detail) }
    }
}

/// Reasons of many files, counted.
package struct ReasonTally: Sendable {
    package struct Entry: Sendable {
        package var reason: String
        package var count: Int
        package var files: Int
        package var example: String
    }

    private var entries: [String: Entry] = [:]
    private var lastFile: [String: String] = [:]

    package init() {}

    package mutating func add(_ detail: String, file: String, place: String) {
        let reason = ReasonTally.general(detail)
        var entry = entries[reason] ?? Entry(reason: reason, count: 0, files: 0, example: place)
        entry.count += 1
        if lastFile[reason] != file { entry.files += 1 }
        lastFile[reason] = file
        entries[reason] = entry
    }

    package var ranked: [Entry] { entries.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) } }

    /// The message without what differs from case to case: names in quotes and numbers.
    static func general(_ detail: String) -> String {
        if detail.hasPrefix("needs ") { return "needs what an earlier failure lost" }
        if detail.contains("expected") {
            if detail.contains(" rows, expected ") { return "another number of rows" }
            if detail.hasPrefix("row ") { return "other values" }
            if detail.contains(" hashing to ") || detail.contains(" values, expected ") { return "another hash" }
        }
        var result = ""
        var isQuoted = false
        var lastIsDigit = false
        let keeps = RunOptions.isUnsupported(detail)
        for character in detail {
            if character == "\"" || character == "\u{201C}" {
                isQuoted.toggle()
                result.append(character)
                if isQuoted, !keeps { result.append("…") }
            } else if isQuoted, !keeps {
                continue
            } else if character.isASCII, character.isNumber {
                if !lastIsDigit { result.append("0") }
            } else {
                result.append(character)
            }
            lastIsDigit = character.isASCII && character.isNumber
            if result.count > 200 { break }
        }
        return result
    }
}
