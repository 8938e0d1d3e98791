import MutstreamColumnar

/// A time in parts, as templates write them.
struct TimeFields {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    var microsecond: Int
    var dayOfYear: Int
    /// Days since 1970; nil for intervals.
    var dayNumber: Int64?
    var hasZone = false

    init(timestamp: Int64, hasZone: Bool) {
        let (day, time) = CivilTime.split(timestamp)
        let date = CivilTime.civil(day)
        (year, month, self.day) = (date.year, date.month, date.day)
        dayOfYear = Int(CivilTime.extract(.dayOfYear, day: day))
        dayNumber = day
        self.hasZone = hasZone
        hour = Int(time / CivilTime.microsecondsPerHour)
        minute = Int(time / CivilTime.microsecondsPerMinute % 60)
        second = Int(time / CivilTime.microsecondsPerSecond % 60)
        microsecond = Int(time % CivilTime.microsecondsPerSecond)
    }

    init(_ span: Interval) {
        year = Int(span.months / 12)
        month = Int(span.months % 12)
        day = Int(span.days)
        dayOfYear = Int(span.months) * 30 + Int(span.days)
        let time = span.microseconds
        hour = Int(time / CivilTime.microsecondsPerHour)
        minute = Int(time / CivilTime.microsecondsPerMinute % 60)
        second = Int(time / CivilTime.microsecondsPerSecond % 60)
        microsecond = Int(time % CivilTime.microsecondsPerSecond)
    }

    var isInterval: Bool { dayNumber == nil }

    /// Years before Christ without their sign.
    func shown(_ year: Int) -> Int { isInterval || year > 0 ? year : 1 - year }
}

extension TimeTemplate {
    private static let romans = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]

    /// Appends the time; gives what is wrong, or nil.
    func append(_ fields: TimeFields, to writer: ByteWriter) -> String? {
        for item in items {
            guard case .field(let keyword, let fill, let ordinal) = item.node else {
                writer.append(bytes: item.bytes)
                continue
            }
            guard let text = TimeTemplate.text(keyword, fields, fill) else {
                return "invalid format specification for an interval value"
            }
            writer.append(text)
            switch keyword.field {
            case .zoneHour, .zoneMinute, .offset: continue
            default: break
            }
            if let ordinal, text.utf8.last.map({ $0 >= 0x30 && $0 <= 0x39 }) ?? false {
                writer.append(TimeTemplate.ordinal(text, ordinal))
            }
        }
        return nil
    }

    /// `st`, `nd`, `rd` or `th` behind a number.
    static func ordinal(_ number: String, _ letters: Letters) -> String {
        let digits = Array(number.utf8.suffix(2))
        let isTeen = digits.count == 2 && digits[0] == UInt8(ascii: "1")
        let ending: String
        switch isTeen ? 0 : digits.last ?? 0 {
        case UInt8(ascii: "1"): ending = "st"
        case UInt8(ascii: "2"): ending = "nd"
        case UInt8(ascii: "3"): ending = "rd"
        default: ending = "th"
        }
        return letters == .lower ? ending : ending.uppercased()
    }

    /// With zeros up to a width, in which a minus sign counts.
    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        let sign = value < 0 ? "-" : ""
        return sign + String(repeating: "0", count: max(0, width - sign.utf8.count - digits.utf8.count)) + digits
    }

    private static func name(_ name: String, _ letters: Letters, _ width: Int) -> String {
        let text =
            switch letters {
            case .upper: name.uppercased()
            case .lower: name.lowercased()
            case .capitalized: name
            }
        return text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    /// Nil for what intervals do not have.
    private static func text(_ keyword: Keyword, _ fields: TimeFields, _ fill: Fill) -> String? {
        let fillMode = fill == .none
        func number(_ value: Int, _ width: Int) -> String { padded(value, fillMode ? 0 : value >= 0 ? width : width + 1) }
        let isLate = ((fields.hour % 24) + 24) % 24 >= 12 && fields.hour >= 0
        let letters = keyword.letters
        switch keyword.field {
        case .am: return name(isLate ? "PM" : "AM", letters, 0)
        case .amDots: return name(isLate ? "P.M." : "A.M.", letters, 0)
        case .hour12:
            let hour = fields.hour % 12 == 0 ? 12 : fields.hour % 12
            return padded(hour, fillMode ? 0 : fields.hour >= 0 ? 2 : 3)
        case .hour24: return number(fields.hour, 2)
        case .minute: return number(fields.minute, 2)
        case .second: return number(fields.second, 2)
        case .fraction:
            var value = fields.microsecond
            for _ in keyword.digits..<6 { value /= 10 }
            return padded(value, keyword.digits)
        case .millisecond: return padded(fields.microsecond / 1000, 3)
        case .microsecond: return padded(fields.microsecond, 6)
        case .secondOfDay:
            return String((fields.hour * 60 + fields.minute) * 60 + fields.second)
        case .century:
            let year = fields.year
            let century = fields.isInterval ? year / 100 : year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1
            return abs(century) <= 99 ? number(century, 2) : String(century)
        case .yearComma:
            let year = fields.shown(fields.year)
            return "\(year / 1000)," + padded(year - year / 1000 * 1000, 3)
        case .year: return number(fields.shown(fields.year), 4)
        case .year3: return number(fields.shown(fields.year) % 1000, 3)
        case .year2: return number(fields.shown(fields.year) % 100, 2)
        case .year1: return String(fields.shown(fields.year) % 10)
        case .month: return number(fields.month, 2)
        case .day: return padded(fields.day, fillMode ? 0 : 2)
        case .dayOfYear: return padded(fields.dayOfYear, fillMode ? 0 : 3)
        case .week: return padded((fields.dayOfYear - 1) / 7 + 1, fillMode ? 0 : 2)
        case .weekOfMonth: return String((fields.day - 1) / 7 + 1)
        case .quarter: return fields.month == 0 ? "" : String((fields.month - 1) / 3 + 1)
        case .roman: return roman(fields, letters, fillMode)
        case .fixed: return ""
        default: return dateText(keyword, fields, fill)
        }
    }

    private static func roman(_ fields: TimeFields, _ letters: Letters, _ fillMode: Bool) -> String {
        if fields.month == 0, fields.year == 0 { return "" }
        let index = fields.month == 0 ? (fields.year >= 0 ? 11 : 0) : fields.month < 0 ? 12 + fields.month : fields.month - 1
        return name(romans[max(0, min(index, 11))], letters, fillMode ? 0 : 4)
    }

    /// Fields that only dates have.
    private static func dateText(_ keyword: Keyword, _ fields: TimeFields, _ fill: Fill) -> String? {
        let fillMode = fill == .none
        guard let day = fields.dayNumber else { return nil }
        let letters = keyword.letters
        func number(_ value: Int, _ width: Int) -> String { padded(value, fillMode ? 0 : width) }
        let weekday = Int(CivilTime.extract(.dayOfWeek, day: day))
        func isoYear() -> Int {
            // `extract` counts 1 BC as -1.
            let year = Int(CivilTime.extract(.isoYear, day: day))
            return fields.shown(year < 0 ? year + 1 : year)
        }
        switch keyword.field {
        case .ad: return name(fields.year <= 0 ? "BC" : "AD", letters, 0)
        case .adDots: return name(fields.year <= 0 ? "B.C." : "A.D.", letters, 0)
        case .monthName: return name(TimeNames.month(fields.month, isShort: false), letters, fill == .all ? 9 : 0)
        case .monthShort: return name(TimeNames.month(fields.month, isShort: true), letters, 0)
        case .dayName: return name(TimeNames.weekday(weekday, isShort: false), letters, fill == .all ? 9 : 0)
        case .dayShort: return name(TimeNames.weekday(weekday, isShort: true), letters, 0)
        case .weekday: return String(weekday + 1)
        case .isoWeekday: return String(weekday == 0 ? 7 : weekday)
        case .isoWeek: return number(Int(CivilTime.extract(.week, day: day)), 2)
        case .isoDayOfYear:
            let week = Int(CivilTime.extract(.week, day: day))
            return number((week - 1) * 7 + (weekday == 0 ? 7 : weekday), 3)
        case .isoYear: return number(isoYear(), 4)
        case .isoYear3: return number(isoYear() % 1000, 3)
        case .isoYear2: return number(isoYear() % 100, 2)
        case .isoYear1: return String(isoYear() % 10)
        case .julian: return String(day + 2_440_588)
        case .zone: return fields.hasZone ? name("UTC", letters, 0) : ""
        case .zoneHour: return "+00"
        case .zoneMinute: return "00"
        case .offset: return fillMode ? "+0" : "+00"
        default: return nil
        }
    }
}
