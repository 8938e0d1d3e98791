import MutstreamColumnar

/// Patterns of Java's `DateTimeFormatter`, as Flink takes them: `yyyy-MM-dd HH:mm:ss.SSS`.
struct JavaTimePattern {
    private enum Part {
        case text([UInt8])
        /// A letter and how often it stands.
        case field(UInt8, Int)
    }

    private var parts: [Part] = []
    /// Times of one such span, in microseconds, look the same.
    private(set) var span: Int64 = 86_400_000_000

    /// What is wrong with the pattern, or nil.
    private(set) var defect: String?

    init(_ pattern: some Sequence<UInt8>) {
        let bytes = Array(pattern)
        var position = 0
        var literal: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "'") {
                position += 1
                // Two quotes are one, inside and outside of quoted text.
                if position < bytes.count, bytes[position] == byte {
                    literal.append(byte)
                    position += 1
                    continue
                }
                while true {
                    guard position < bytes.count else {
                        defect = "a quote is not closed"
                        return
                    }
                    if bytes[position] != byte {
                        literal.append(bytes[position])
                    } else if position + 1 < bytes.count, bytes[position + 1] == byte {
                        literal.append(byte)
                        position += 1
                    } else {
                        break
                    }
                    position += 1
                }
                position += 1
                continue
            }
            let lower = byte | 0x20
            guard lower >= 0x61, lower <= 0x7a, byte < 0x80 else {
                literal.append(byte)
                position += 1
                continue
            }
            var count = 0
            while position < bytes.count, bytes[position] == byte {
                count += 1
                position += 1
            }
            guard "yuMLdHhkKmsSaEeDnQw".utf8.contains(byte), count <= 9 else {
                defect = "the letter \(String(decoding: [byte], as: UTF8.self)) is not supported"
                return
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = []
            parts.append(.field(byte, count))
            span = min(span, JavaTimePattern.span(of: byte))
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    /// A pattern of `strftime`, `%Y-%m-%d %H:%M:%S`, by the letters of this one.
    init(percent pattern: some Sequence<UInt8>) {
        var literal: [UInt8] = []
        var isSpecifier = false
        for byte in pattern {
            guard isSpecifier else {
                if byte == UInt8(ascii: "%") { isSpecifier = true } else { literal.append(byte) }
                continue
            }
            isSpecifier = false
            if byte == UInt8(ascii: "%") {
                literal.append(byte)
                continue
            }
            guard let own = JavaTimePattern.specifiers[byte] else {
                defect = "%\(String(decoding: [byte], as: UTF8.self)) is not supported"
                return
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = []
            let meant = JavaTimePattern(own.utf8)
            parts += meant.parts
            span = min(span, meant.span)
        }
        if isSpecifier { defect = "a letter is missing behind %" }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    private static let specifiers: [UInt8: String] = [
        UInt8(ascii: "Y"): "yyyy", UInt8(ascii: "y"): "yy", UInt8(ascii: "m"): "MM", UInt8(ascii: "d"): "dd",
        UInt8(ascii: "j"): "DDD", UInt8(ascii: "B"): "MMMM", UInt8(ascii: "b"): "MMM", UInt8(ascii: "A"): "EEEE",
        UInt8(ascii: "a"): "EEE", UInt8(ascii: "H"): "HH", UInt8(ascii: "I"): "hh", UInt8(ascii: "p"): "a",
        UInt8(ascii: "M"): "mm", UInt8(ascii: "S"): "ss", UInt8(ascii: "F"): "yyyy-MM-dd", UInt8(ascii: "T"): "HH:mm:ss",
        UInt8(ascii: "R"): "HH:mm", UInt8(ascii: "D"): "MM/dd/yy",
    ]

    private static func span(of letter: UInt8) -> Int64 {
        switch letter {
        case UInt8(ascii: "H"), UInt8(ascii: "k"), UInt8(ascii: "h"), UInt8(ascii: "K"), UInt8(ascii: "a"): 3_600_000_000
        case UInt8(ascii: "m"): 60_000_000
        case UInt8(ascii: "s"): 1_000_000
        case UInt8(ascii: "S"), UInt8(ascii: "n"): 1
        default: 86_400_000_000
        }
    }

    func append(_ timestamp: Int64, to writer: ByteWriter) {
        let (day, time) = CivilTime.split(timestamp)
        let date = CivilTime.civil(day)
        let seconds = time / 1_000_000
        let hour = seconds / 3600
        for part in parts {
            guard case .field(let letter, let count) = part else {
                if case .text(let text) = part { writer.append(bytes: text) }
                continue
            }
            func number(_ value: Int64) { JavaTimePattern.append(value, digits: count, to: writer) }
            switch letter {
            case UInt8(ascii: "y"), UInt8(ascii: "u"):
                let year = letter == UInt8(ascii: "y") && date.year <= 0 ? 1 - date.year : date.year
                if count == 2 { number(Int64((year % 100 + 100) % 100)) } else { number(Int64(year)) }
            case UInt8(ascii: "M"), UInt8(ascii: "L"):
                if count > 2 {
                    writer.append(TimeNames.month(date.month, isShort: count == 3))
                } else {
                    number(Int64(date.month))
                }
            case UInt8(ascii: "d"): number(Int64(date.day))
            case UInt8(ascii: "D"): number(CivilTime.extract(.dayOfYear, day: day))
            case UInt8(ascii: "Q"): number(Int64((date.month + 2) / 3))
            case UInt8(ascii: "w"): number(CivilTime.extract(.week, day: day))
            case UInt8(ascii: "H"): number(hour)
            case UInt8(ascii: "k"): number(hour == 0 ? 24 : hour)
            case UInt8(ascii: "h"): number(hour % 12 == 0 ? 12 : hour % 12)
            case UInt8(ascii: "K"): number(hour % 12)
            case UInt8(ascii: "m"): number(seconds / 60 % 60)
            case UInt8(ascii: "s"): number(seconds % 60)
            case UInt8(ascii: "n"): number(time % 1_000_000 * 1000)
            case UInt8(ascii: "S"):
                var fraction = time % 1_000_000 * 1000
                for _ in count..<9 { fraction /= 10 }
                number(fraction)
            case UInt8(ascii: "a"): writer.append(hour < 12 ? "AM" : "PM")
            default:
                writer.append(
                    TimeNames.weekday(Int(CivilTime.extract(.dayOfWeek, day: day)), isShort: count < 4))
            }
        }
    }

    private static func append(_ value: Int64, digits: Int, to writer: ByteWriter) {
        let text = String(value.magnitude)
        if value < 0 { writer.append(UInt8(ascii: "-")) }
        for _ in 0..<max(0, digits - text.utf8.count) { writer.append(UInt8(ascii: "0")) }
        writer.append(text)
    }

    /// - Parameters:
    ///   - seconds: the operand counts seconds since 1970; without a pattern `yyyy-MM-dd HH:mm:ss`.
    ///   - percent: the pattern is one of `strftime` and comes first.
    static func kernel(seconds: Bool = false, percent: Bool = false) -> Kernel {
        let (timePlace, patternPlace) = percent ? (1, 0) : (0, 1)
        var known: [UInt8] = Array("yyyy-MM-dd HH:mm:ss".utf8)
        var pattern = JavaTimePattern(known)
        // Neighbours often look the same: the text of the last span is kept.
        var (spanStart, spanEnd): (Int64, Int64) = (0, 0)
        let last = ByteWriter()
        return Kernels.texts { arguments, row, writer in
            var time = arguments.int64(timePlace, row)
            if seconds {
                let (micros, overflow) = time.multipliedReportingOverflow(by: 1_000_000)
                if overflow { return .failure(.outOfRange(.timestamp)) }
                time = micros
            }
            if arguments.count > 1 {
                let text = arguments.text(patternPlace, row)
                if !known.withUnsafeBytes({ Kernels.equalBytes($0, text) }) {
                    known = Array(text)
                    pattern = percent ? JavaTimePattern(percent: known) : JavaTimePattern(known)
                    spanEnd = spanStart
                }
            }
            if let defect = pattern.defect { return .invalid("invalid pattern of a time: \(defect)") }
            if time < spanStart || time >= spanEnd {
                last.removeAll(keepingCapacity: true)
                pattern.append(time, to: last)
                let rest = (time % pattern.span + pattern.span) % pattern.span
                spanStart = time.subtractingClamped(rest)
                spanEnd = time.addingClamped(pattern.span - rest)
            }
            writer.append(last.bytes)
            return .value(())
        }
    }
}

/// English names.
enum TimeNames {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// - Parameter number: 1 to 12.
    static func month(_ number: Int, isShort: Bool) -> String {
        let name = months[max(0, min(number - 1, 11))]
        return isShort ? String(name.prefix(3)) : name
    }

    /// - Parameter number: 0 (Sunday) to 6.
    static func weekday(_ number: Int, isShort: Bool) -> String {
        let name = weekdays[max(0, min(number, 6))]
        return isShort ? String(name.prefix(3)) : name
    }
}
