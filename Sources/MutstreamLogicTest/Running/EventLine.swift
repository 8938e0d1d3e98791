/// Events between a child process and the one that watches it: one line each.
enum EventLine {
    static func write(_ event: FileRunner.Event) -> String {
        switch event {
        case .began(let index): "B\t\(index)\n"
        case .ended(let index, let result):
            "E\t\(index)\t\(result.verdict.rawValue)\t\(escaped(result.detail))\n"
        }
    }

    static func read(_ line: Substring) -> FileRunner.Event? {
        let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 2, let index = Int(parts[1]) else { return nil }
        if parts[0] == "B" { return .began(index) }
        guard parts[0] == "E", parts.count == 4, let verdict = RecordResult.Verdict(rawValue: String(parts[2])) else {
            return nil
        }
        return .ended(index, RecordResult(verdict: verdict, detail: restored(parts[3])))
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(2_000) {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\\": result += "\\\\"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func restored(_ text: Substring) -> String {
        var result = ""
        var isEscape = false
        for character in text {
            if isEscape {
                result.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
