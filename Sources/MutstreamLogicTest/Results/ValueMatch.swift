import MutstreamColumnar

/// Whether two texts stand for one value, within what the ways of writing differ.
enum ValueMatch {
    /// - Parameter type: that of the computed value, where known.
    static func equal(_ expected: String, _ actual: String, type: DataType?) -> Bool {
        if expected == actual { return true }
        if expected.contains("<slt:ignore>") { return wildcard(expected, actual) }
        if expected.hasPrefix("<REGEX>:") { return ErrorPattern.regex(String(expected.dropFirst(8))).matches(actual) }
        if expected.hasPrefix("<!REGEX>:") { return !ErrorPattern.regex(String(expected.dropFirst(9))).matches(actual) }
        // An offset from UTC in whole hours, with or without its minutes.
        if expected.hasSuffix(":00"), expected.dropLast(3) == actual, actual.contains(":"),
            actual.dropLast(2).last == "+" || actual.dropLast(2).last == "-"
        {
            return true
        }
        if expected == "NULL" || actual == "NULL" { return false }
        if let left = truth(expected), let right = truth(actual) {
            return left == right && (type == .boolean || type == nil)
        }
        switch type {
        case .text: return false
        case .interval:
            guard let left = try? TextCodec.parse(expected, .interval), case .interval(let one) = left,
                let right = try? TextCodec.parse(actual, .interval), case .interval(let other) = right
            else { return false }
            // A year is twelve months and a day 24 hours, however the text divides them.
            return one.months == other.months && one.comparable == other.comparable
        case .timestamp, .date:
            guard let left = try? TextCodec.parse(expected, .timestamp) else {
                return fraction(expected) == fraction(actual)
            }
            return left == (try? TextCodec.parse(actual, .timestamp))
        case .time: return fraction(expected) == fraction(actual)
        default: return number(expected, actual) || (actual.contains(":") && fraction(expected) == fraction(actual))
        }
    }

    /// A time of day without the zeros at the end of its fraction: RisingWave writes thousandths in threes.
    private static func fraction(_ text: String) -> Substring {
        guard text.contains(":"), text.contains(".") else { return text[...] }
        var rest = text[...]
        while rest.hasSuffix("0") { rest = rest.dropLast() }
        return rest.hasSuffix(".") ? rest.dropLast() : rest
    }

    /// A text that puts values which ``equal(_:_:type:)`` takes for one near each other.
    static func sortKey(_ text: String) -> String {
        if let truth = truth(text) { return truth ? "t" : "f" }
        guard let first = text.utf8.first, first &- 0x30 < 10 || first == 0x2D || first == 0x2E else { return text }
        guard text.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }), let number = Double(text), number.isFinite
        else { return text }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        // Six digits of the fraction of a power of ten near it.
        var power = 1.0
        var size = abs(number)
        while size < 1e5, power < 1e300 {
            size *= 10
            power *= 10
        }
        while size >= 1e6 {
            size /= 10
            power /= 10
        }
        let digits = size.rounded()
        return digits < 1e9 ? "\(number < 0 ? "-" : "")\(Int64(digits))/\(power)" : text
    }

    private static func truth(_ text: String) -> Bool? {
        switch text {
        case "t", "true", "True": true
        case "f", "false", "False": false
        default: nil
        }
    }

    /// Parts between the marks, found one after the other.
    private static func wildcard(_ expected: String, _ actual: String) -> Bool {
        let parts = expected.split(separator: "<slt:ignore>", omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, actual.hasPrefix(first) else { return false }
        var rest = actual[...].dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    // MARK: Numbers

    /// Whole numbers digit for digit; fractions of six digits and more to those that both show,
    /// or to 1 in 10⁹.
    private static func number(_ expected: String, _ actual: String) -> Bool {
        guard let left = Decimal(expected), let right = Decimal(actual) else {
            guard let left = Double(expected), let right = Double(actual) else { return false }
            if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
            return left == right || near(left, right, digits: 9)
        }
        if left.isNegative == right.isNegative, left.whole == right.whole, left.fraction == right.fraction { return true }
        if left.isZero && right.isZero { return true }
        if left.fraction.isEmpty && right.fraction.isEmpty { return false }
        guard let one = Double(expected), let other = Double(actual) else { return false }
        let shown = min(left.written, right.written)
        let digits = min(left.significant, right.significant)
        guard digits >= 6 || shown >= 6 else { return false }
        if shown >= 1 {
            // The shorter is the longer one rounded.
            var half = 0.5000001
            for _ in 0..<min(shown, 300) { half /= 10 }
            if abs(one - other) <= half { return true }
        }
        return near(one, other, digits: 9)
    }

    private static func near(_ left: Double, _ right: Double, digits: Int) -> Bool {
        guard left.isFinite, right.isFinite else { return false }
        var tolerance = max(abs(left), abs(right))
        for _ in 0..<digits { tolerance /= 10 }
        return abs(left - right) <= tolerance
    }

    /// `-12.50`: its digits without the zeros that say nothing.
    private struct Decimal {
        var isNegative: Bool
        var whole: Substring
        var fraction: Substring
        /// Digits behind the point as written.
        var written: Int
        var isZero: Bool { whole.isEmpty && fraction.isEmpty }
        var significant: Int { whole.count + fraction.count }

        init?(_ text: String) {
            var rest = text[...]
            isNegative = rest.hasPrefix("-")
            if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
            let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, parts.allSatisfy({ $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }),
                parts.contains(where: { !$0.isEmpty })
            else { return nil }
            whole = first.drop { $0 == "0" }
            var tail = parts.count > 1 ? parts[1] : ""
            written = tail.count
            while tail.hasSuffix("0") { tail = tail.dropLast() }
            fraction = tail
        }
    }
}
