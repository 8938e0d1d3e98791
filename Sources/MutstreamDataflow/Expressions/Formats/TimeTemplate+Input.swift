import MutstreamColumnar

/// Reads a text by a template: PostgreSQL's `to_timestamp` and `to_date`.
struct TimeReader {
    /// What is wrong with the text or the template.
    struct Defect: Error {
        var message: String

        init(_ message: String) { self.message = message }
    }

    private let template: TimeTemplate
    private let text: UnsafeRawBufferPointer
    private var position = 0
    private var isFixed = false
    private var skipped = 0
    private var calendar = TimeTemplate.Calendar.any

    private var hour = 0
    private var isTwelve = false
    private var isLate = 0
    private var minute = 0
    private var second = 0
    private var secondOfDay = 0
    private var weekday = 0
    private var day = 0
    private var dayOfYear = 0
    private var month = 0
    private var millisecond = 0
    private var microsecond = 0
    private var year = 0
    private var isBC = 0
    private var week = 0
    private var weekOfMonth = 0
    private var century = 0
    private var julian = 0
    private var yearDigits = 0
    private var zoneSign = 0
    private var zoneHour = 0
    private var zoneMinute = 0
    /// Read and dropped.
    private var quarter = 0

    init(_ template: TimeTemplate, _ text: UnsafeRawBufferPointer) {
        self.template = template
        self.text = text
    }

    // MARK: - Fields

    private var next: UInt8 { position < text.count ? text[position] : 0 }

    private mutating func skipSpaces() {
        while position < text.count, TimeTemplate.isSpace(text[position]) {
            position += 1
            skipped += 1
        }
    }

    private mutating func skipCharacter() {
        if position < text.count { position = min(text.count, position + TextPattern.width(text[position])) }
    }

    private func name(_ keyword: TimeTemplate.Keyword) -> String { keyword.name }

    private func rest() -> String { String(decoding: text[position...], as: UTF8.self) }

    /// Whether what follows field `index` cannot be one of its digits.
    private func isFollowedBySeparator(_ index: Int) -> Bool {
        if case .field(_, _, let ordinal) = template.items[index].node, ordinal != nil { return true }
        guard index + 1 < template.items.count else { return true }
        switch template.items[index + 1].node {
        case .field(let keyword, _, _): return !keyword.isDigits
        default:
            let bytes = template.items[index + 1].bytes
            return !(bytes.count == 1 && bytes[0] >= 0x30 && bytes[0] <= 0x39)
        }
    }

    /// A number of `length` characters, or of any length if something that is no digit follows. Gives the characters read.
    private mutating func number(
        _ index: Int, _ keyword: TimeTemplate.Keyword, _ length: Int, _ fillMode: Bool,
        into field: WritableKeyPath<TimeReader, Int>
    ) throws(Defect) -> Int {
        while position < text.count, TimeTemplate.isSpace(text[position]) { position += 1 }
        let start = position
        let isOpen = fillMode || isFollowedBySeparator(index)
        if !isOpen, text.count - position < length {
            throw Defect("source string too short for \"\(name(keyword))\" formatting field")
        }
        let end = isOpen ? text.count : position + length
        var place = position
        while place < end, TimeTemplate.isSpace(text[place]) { place += 1 }
        var isNegative = false
        if place < end, text[place] == 0x2d || text[place] == 0x2b {
            isNegative = text[place] == 0x2d
            place += 1
        }
        let digits = place
        var result = 0
        while place < end, text[place] >= 0x30, text[place] <= 0x39 {
            result = min(result * 10 + Int(text[place] - 0x30), 1 << 40)
            place += 1
        }
        if place == digits { place = start }
        if place == start || (!isOpen && place - start < length) {
            let found = String(decoding: text[start..<min(text.count, start + length)], as: UTF8.self)
            throw Defect("invalid value \"\(found)\" for \"\(name(keyword))\"")
        }
        position = place
        if isNegative { result = -result }
        if Int32(exactly: result) == nil {
            throw Defect("value for \"\(name(keyword))\" in source string is out of range")
        }
        try set(field, result, keyword)
        return place - start
    }

    private mutating func set(
        _ field: WritableKeyPath<TimeReader, Int>, _ new: Int, _ keyword: TimeTemplate.Keyword
    ) throws(Defect) {
        if self[keyPath: field] != 0, self[keyPath: field] != new {
            throw Defect("conflicting values for \"\(name(keyword))\" field in formatting string")
        }
        self[keyPath: field] = new
    }

    /// Which of the names stands here, in any case.
    private mutating func word(_ names: [String], _ keyword: TimeTemplate.Keyword) throws(Defect) -> Int {
        for (index, name) in names.enumerated() {
            let bytes = Array(name.lowercased().utf8)
            guard text.count - position >= bytes.count else { continue }
            let same = bytes.indices.allSatisfy { i in
                let byte = text[position + i]
                return (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) == bytes[i]
            }
            if same {
                position += bytes.count
                return index
            }
        }
        let found = rest().split(separator: " ", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        throw Defect("invalid value \"\(found)\" for \"\(name(keyword))\"")
    }

    // MARK: - Template

    private mutating func read() throws(Defect) {
        for (index, item) in template.items.enumerated() {
            guard position < text.count else { return }
            switch item.node {
            case .field(let keyword, let fill, let ordinal):
                if !isFixed, keyword.field != .fixed { skipSpaces() }
                try field(index, keyword, fill == .none)
                if ordinal != nil, TimeReader.mayHaveOrdinal(keyword.field) {
                    skipCharacter()
                    skipCharacter()
                }
                if !isFixed {
                    skipped = 0
                    skipSpaces()
                }
            case .separator, .space:
                if !isFixed, index == 0 { skipSpaces() }
                if isFixed {
                    skipCharacter()
                } else {
                    skipped -= 1
                    if TimeTemplate.isSpace(next) || TimeTemplate.isSeparator(next) {
                        position += 1
                        skipped += 1
                    }
                }
            case .character:
                if !isFixed, index == 0 { skipSpaces() }
                if !isFixed, skipped > 0 { skipped -= 1 } else { skipCharacter() }
            }
        }
    }

    private static func mayHaveOrdinal(_ field: TimeTemplate.Field) -> Bool {
        switch field {
        case .am, .amDots, .ad, .adDots, .dayName, .dayShort, .monthName, .monthShort, .roman, .fixed, .zoneHour,
            .zoneMinute:
            false
        default: true
        }
    }

    private mutating func field(_ index: Int, _ keyword: TimeTemplate.Keyword, _ fillMode: Bool) throws(Defect) {
        if keyword.calendar != .any {
            if calendar == .any { calendar = keyword.calendar }
            if calendar != keyword.calendar { throw Defect("invalid combination of date conventions") }
        }
        let length = keyword.name.utf8.count
        switch keyword.field {
        case .fixed: isFixed = true
        case .am:
            try set(\.isLate, word(["am", "pm"], keyword), keyword)
            isTwelve = true
        case .amDots:
            try set(\.isLate, word(["a.m.", "p.m."], keyword), keyword)
            isTwelve = true
        case .ad: try set(\.isBC, word(["ad", "bc"], keyword), keyword)
        case .adDots: try set(\.isBC, word(["a.d.", "b.c."], keyword), keyword)
        case .hour12:
            _ = try number(index, keyword, 2, fillMode, into: \.hour)
            isTwelve = true
        case .hour24: _ = try number(index, keyword, 2, fillMode, into: \.hour)
        case .minute: _ = try number(index, keyword, 2, fillMode, into: \.minute)
        case .second: _ = try number(index, keyword, 2, fillMode, into: \.second)
        case .millisecond:
            let digits = try number(index, keyword, 3, fillMode, into: \.millisecond)
            millisecond *= digits == 1 ? 100 : digits == 2 ? 10 : 1
        case .microsecond, .fraction:
            let most = keyword.field == .fraction ? keyword.digits : 6
            let digits = try number(index, keyword, most, fillMode, into: \.microsecond)
            for _ in min(digits, 6)..<6 { microsecond *= 10 }
        case .secondOfDay: _ = try number(index, keyword, length, fillMode, into: \.secondOfDay)
        case .zone, .offset:
            throw Defect("formatting field \"\(name(keyword).uppercased())\" is only supported in to_char")
        case .zoneHour:
            if next == 0x2b || next == 0x2d || next == 0x20 {
                zoneSign = next == 0x2d ? -1 : 1
                position += 1
            } else {
                zoneSign = skipped > 0 && position > 0 && text[position - 1] == 0x2d ? -1 : 1
            }
            _ = try number(index, keyword, 2, fillMode, into: \.zoneHour)
        case .zoneMinute:
            if zoneSign == 0 { zoneSign = 1 }
            _ = try number(index, keyword, 2, fillMode, into: \.zoneMinute)
        default: try dateField(index, keyword, fillMode)
        }
    }

    private mutating func dateField(_ index: Int, _ keyword: TimeTemplate.Keyword, _ fillMode: Bool) throws(Defect) {
        let length = keyword.name.utf8.count
        switch keyword.field {
        case .monthName: try set(\.month, word(TimeNames.months, keyword) + 1, keyword)
        case .monthShort: try set(\.month, word(TimeNames.months.map { String($0.prefix(3)) }, keyword) + 1, keyword)
        case .month: _ = try number(index, keyword, 2, fillMode, into: \.month)
        case .roman:
            let names = ["XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"]
            try set(\.month, 12 - word(names, keyword), keyword)
        case .dayName:
            try set(\.weekday, word(TimeNames.weekdays, keyword), keyword)
            weekday += 1
        case .dayShort:
            try set(\.weekday, word(TimeNames.weekdays.map { String($0.prefix(3)) }, keyword), keyword)
            weekday += 1
        case .dayOfYear, .isoDayOfYear: _ = try number(index, keyword, 3, fillMode, into: \.dayOfYear)
        case .day: _ = try number(index, keyword, 2, fillMode, into: \.day)
        case .weekday: _ = try number(index, keyword, 1, fillMode, into: \.weekday)
        case .isoWeekday:
            _ = try number(index, keyword, 1, fillMode, into: \.weekday)
            weekday += 1
            if weekday > 7 { weekday = 1 }
        case .week, .isoWeek: _ = try number(index, keyword, length, fillMode, into: \.week)
        case .quarter:
            _ = try number(index, keyword, length, fillMode, into: \.quarter)
            quarter = 0
        case .century: _ = try number(index, keyword, length, fillMode, into: \.century)
        case .yearComma: try yearWithComma(keyword)
        case .year, .isoYear:
            _ = try number(index, keyword, length, fillMode, into: \.year)
            yearDigits = 4
        case .year3, .isoYear3: try shortYear(index, keyword, fillMode, 3)
        case .year2, .isoYear2: try shortYear(index, keyword, fillMode, 2)
        case .year1, .isoYear1: try shortYear(index, keyword, fillMode, 1)
        case .weekOfMonth: _ = try number(index, keyword, length, fillMode, into: \.weekOfMonth)
        case .julian: _ = try number(index, keyword, length, fillMode, into: \.julian)
        default: break
        }
    }

    /// Years of fewer than four digits are those nearest to 2020.
    private mutating func shortYear(
        _ index: Int, _ keyword: TimeTemplate.Keyword, _ fillMode: Bool, _ digits: Int
    ) throws(Defect) {
        if try number(index, keyword, keyword.name.utf8.count, fillMode, into: \.year) < 4 {
            switch year {
            case ..<70: year += 2000
            case ..<100: year += 1900
            case ..<520: year += 2000
            case ..<1000: year += 1000
            default: break
            }
        }
        yearDigits = digits
    }

    private mutating func yearWithComma(_ keyword: TimeTemplate.Keyword) throws(Defect) {
        func digits(_ most: Int) -> Int? {
            let start = position
            var value = 0
            while position < text.count, position - start < most, text[position] >= 0x30, text[position] <= 0x39 {
                value = value * 10 + Int(text[position] - 0x30)
                position += 1
            }
            return position > start ? value : nil
        }
        let invalid = Defect("invalid input string for \"Y,YYY\"")
        guard let thousands = digits(7), next == 0x2c else { throw invalid }
        position += 1
        guard let rest = digits(3) else { throw invalid }
        try set(\.year, thousands * 1000 + rest, keyword)
        yearDigits = 4
    }

    // MARK: - Result

    /// Days since 1970, microseconds since midnight, and how far the zone is ahead of UTC.
    mutating func result() throws(Defect) -> (day: Int64, time: Int64, zone: Int64) {
        try read()
        let whole = String(decoding: text, as: UTF8.self)
        let overflow = Defect("date/time field value out of range: \"\(whole)\"")
        var (h, m, s) = (0, 0, 0)
        if secondOfDay != 0 { (h, m, s) = (secondOfDay / 3600, secondOfDay % 3600 / 60, secondOfDay % 60) }
        if second != 0 { s = second }
        if minute != 0 { m = minute }
        if hour != 0 { h = hour }
        if isTwelve {
            if h < 1 || h > 12 { throw Defect("hour \"\(h)\" is invalid for the 12-hour clock") }
            if isLate != 0, h < 12 { h += 12 } else if isLate == 0, h == 12 { h = 0 }
        }
        let days = try date(overflow)
        let fraction = millisecond * 1000 + microsecond
        guard (0..<24).contains(h), (0..<60).contains(m), (0..<60).contains(s), (0..<1_000_000).contains(fraction) else {
            throw overflow
        }
        guard (0...15).contains(zoneHour), (0..<60).contains(zoneMinute) else { throw overflow }
        let time = Int64((h * 60 + m) * 60 + s) * 1_000_000 + Int64(fraction)
        return (days, time, Int64(zoneSign * (zoneHour * 60 + zoneMinute)) * CivilTime.microsecondsPerMinute)
    }

    private mutating func date(_ overflow: Defect) throws(Defect) -> Int64 {
        var (y, mon, mday) = (0, 1, 1)
        var (hasYear, hasMonth, hasDay) = (false, false, false)
        var exact: Int?
        if isBC != 0, year != 0 || century != 0 { century = -century }
        if year != 0 {
            if century != 0, yearDigits <= 2 {
                y = year % 100
                if y != 0 {
                    y = century >= 0 ? y + (century - 1) * 100 : (century + 1) * 100 - y + 1
                } else {
                    y = century * 100 + (century >= 0 ? 0 : 1)
                }
            } else {
                y = isBC != 0 ? -year : year
                if y < 0 { y += 1 }
            }
            hasYear = true
        } else if century != 0 {
            y = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1
            hasYear = true
        }
        guard y.magnitude < 10_000_000 else { throw overflow }
        func take(_ days: Int) {
            let civil = CivilTime.civil(Int64(days))
            (y, mon, mday) = (civil.year, civil.month, civil.day)
            (hasYear, hasMonth, hasDay) = (true, true, true)
            exact = days
        }
        if julian != 0 { take(julian - 2_440_588) }
        if week != 0 {
            if calendar == .isoWeek {
                let monday = TimeReader.isoYearStart(y) + (week - 1) * 7
                // Sunday is 1 here.
                take(weekday == 0 ? monday : monday + (weekday > 1 ? weekday - 2 : 6))
            } else {
                dayOfYear = (week - 1) * 7 + 1
            }
        }
        if weekOfMonth != 0 { day = (weekOfMonth - 1) * 7 + 1 }
        if day != 0 { (mday, hasDay, exact) = (day, true, nil) }
        if month != 0 { (mon, hasMonth, exact) = (month, true, nil) }
        if dayOfYear != 0, mon <= 1 || mday <= 1 {
            if y == 0, isBC == 0 { throw Defect("cannot calculate day of year without year information") }
            if calendar == .isoWeek {
                take(TimeReader.isoYearStart(y) - 1 + dayOfYear)
            } else {
                var (left, index) = (dayOfYear, 1)
                while index <= 12, left > CivilTime.daysIn(year: y, month: index) {
                    left -= CivilTime.daysIn(year: y, month: index)
                    index += 1
                }
                if mon <= 1 { mon = index }
                if mday <= 1 { mday = left }
                (hasMonth, hasDay, exact) = (true, true, nil)
            }
        }
        if hasMonth, !(1...12).contains(mon) { throw overflow }
        if hasDay, !(1...31).contains(mday) { throw overflow }
        if hasYear, hasMonth, hasDay, mday > CivilTime.daysIn(year: y, month: mon) { throw overflow }
        let days = exact ?? CivilTime.days(year: y, month: mon, day: 1) + mday - 1
        guard days >= -2_440_588, y <= 5_874_897 else {
            throw Defect("date out of range: \"\(String(decoding: text, as: UTF8.self))\"")
        }
        return Int64(days)
    }

    /// The Monday of the first ISO week of a year, in days since 1970.
    private static func isoYearStart(_ year: Int) -> Int {
        let fourth = Int64(CivilTime.days(year: year, month: 1, day: 4))
        return Int(fourth - CivilTime.extract(.isoDayOfWeek, day: fourth) + 1)
    }
}
