/// A template of `to_char`, `to_date` and `to_timestamp` over times, as PostgreSQL reads it (its manual, section 9.8).
struct TimeTemplate {
    /// A field, by the name in upper case.
    enum Field: UInt8 {
        case am, amDots, ad, adDots, century, dayName, dayShort, dayOfYear, isoDayOfYear, day, weekday, isoWeekday
        case fraction, fixed, hour12, hour24, isoWeek, isoYear, isoYear3, isoYear2, isoYear1, julian, minute, month
        case monthName, monthShort, millisecond, offset, quarter, roman, secondOfDay, second, zoneHour, zoneMinute, zone
        case microsecond, week, weekOfMonth, yearComma, year, year3, year2, year1
    }

    /// Which calendar a field belongs to: those of both cannot be mixed.
    enum Calendar {
        case any, gregorian, isoWeek
    }

    enum Letters {
        case upper, lower, capitalized
    }

    /// What pads a field to its width.
    enum Fill {
        case all
        /// `TM`: numbers, but not names.
        case numbers
        /// `FM`.
        case none
    }

    struct Keyword {
        var name: String
        var field: Field
        var isDigits: Bool
        var calendar = Calendar.any
        var letters = Letters.upper
        /// Of ``Field/fraction``: the digits.
        var digits = 0
    }

    enum Node {
        case field(Keyword, fill: Fill, ordinal: Letters?)
        case separator
        case space
        /// The bytes of a character.
        case character([UInt8])
    }

    struct Item {
        var node: Node
        /// What stands in the template.
        var bytes: [UInt8]
    }

    private(set) var items: [Item] = []

    private static let keywords: [Keyword] = {
        func both(_ name: String, _ field: Field, _ isDigits: Bool, _ calendar: Calendar = .any, digits: Int = 0)
            -> [Keyword]
        {
            [
                Keyword(name: name, field: field, isDigits: isDigits, calendar: calendar, digits: digits),
                Keyword(
                    name: name.lowercased(), field: field, isDigits: isDigits, calendar: calendar, letters: .lower,
                    digits: digits),
            ]
        }
        func capital(_ name: String, _ field: Field, _ calendar: Calendar = .any) -> [Keyword] {
            [Keyword(name: name, field: field, isDigits: false, calendar: calendar, letters: .capitalized)]
        }
        var list: [Keyword] = []
        for name in ["A.D.", "B.C."] { list += both(name, .adDots, false) }
        for name in ["A.M.", "P.M."] { list += both(name, .amDots, false) }
        for name in ["AD", "BC"] { list += both(name, .ad, false) }
        for name in ["AM", "PM"] { list += both(name, .am, false) }
        list += both("CC", .century, true) + both("DAY", .dayName, false) + both("DDD", .dayOfYear, true, .gregorian)
        list += both("DD", .day, true, .gregorian) + both("DY", .dayShort, false) + both("D", .weekday, true, .gregorian)
        list += capital("Day", .dayName) + capital("Dy", .dayShort)
        for digits in 1...6 { list += both("FF\(digits)", .fraction, false, digits: digits) }
        list += both("FX", .fixed, false) + both("HH24", .hour24, true) + both("HH12", .hour12, true)
        list +=
            both("HH", .hour12, true) + both("IDDD", .isoDayOfYear, true, .isoWeek) + both("ID", .isoWeekday, true, .isoWeek)
        list += both("IW", .isoWeek, true, .isoWeek) + both("IYYY", .isoYear, true, .isoWeek)
        list += both("IYY", .isoYear3, true, .isoWeek) + both("IY", .isoYear2, true, .isoWeek)
        list += both("I", .isoYear1, true, .isoWeek) + both("J", .julian, true) + both("MI", .minute, true)
        list += both("MM", .month, true, .gregorian) + both("MONTH", .monthName, false, .gregorian)
        list += both("MON", .monthShort, false, .gregorian) + capital("Month", .monthName, .gregorian)
        list += capital("Mon", .monthShort, .gregorian) + both("MS", .millisecond, true) + both("OF", .offset, false)
        list += both("Q", .quarter, true) + both("RM", .roman, false, .gregorian) + both("SSSSS", .secondOfDay, true)
        list += both("SSSS", .secondOfDay, true) + both("SS", .second, true) + both("TZH", .zoneHour, false)
        list += both("TZM", .zoneMinute, true) + both("TZ", .zone, false) + both("US", .microsecond, true)
        list += both("WW", .week, true, .gregorian) + both("W", .weekOfMonth, true, .gregorian)
        list += both("Y,YYY", .yearComma, true, .gregorian) + both("YYYY", .year, true, .gregorian)
        list += both("YYY", .year3, true, .gregorian) + both("YY", .year2, true, .gregorian)
        list += both("Y", .year1, true, .gregorian)
        // Longer ones first, so that the first that fits is the longest.
        return list.sorted { ($1.name.utf8.count, $0.name) < ($0.name.utf8.count, $1.name) }
    }()

    init(_ template: UnsafeRawBufferPointer) {
        var position = 0
        func begins(_ word: String) -> Bool {
            template.count - position >= word.utf8.count && template[position...].starts(with: word.utf8)
        }
        while position < template.count {
            var fill = Fill.all
            for prefix in ["FM", "fm", "TM", "tm"] where begins(prefix) {
                fill = prefix.lowercased() == "fm" ? .none : .numbers
                position += 2
                break
            }
            guard position < template.count else { break }
            if let keyword = TimeTemplate.keywords.first(where: { begins($0.name) }) {
                position += keyword.name.utf8.count
                var ordinal: Letters?
                if begins("TH") { ordinal = .upper } else if begins("th") { ordinal = .lower }
                if ordinal != nil || begins("SP") { position += 2 }
                items.append(
                    Item(node: .field(keyword, fill: fill, ordinal: ordinal), bytes: Array(keyword.name.utf8)))
                continue
            }
            func character() -> [UInt8] {
                let width = min(TextPattern.width(template[position]), template.count - position)
                defer { position += width }
                return Array(template[position..<position + width])
            }
            if template[position] == UInt8(ascii: "\"") {
                position += 1
                while position < template.count {
                    if template[position] == UInt8(ascii: "\"") {
                        position += 1
                        break
                    }
                    if template[position] == UInt8(ascii: "\\"), position + 1 < template.count { position += 1 }
                    let bytes = character()
                    items.append(Item(node: .character(bytes), bytes: bytes))
                }
                continue
            }
            if begins("\\\"") { position += 1 }
            let byte = template[position]
            let bytes = character()
            let node: Node =
                TimeTemplate.isSeparator(byte) ? .separator : TimeTemplate.isSpace(byte) ? .space : .character(bytes)
            items.append(Item(node: node, bytes: bytes))
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    /// A sign of ASCII.
    static func isSeparator(_ byte: UInt8) -> Bool {
        guard byte > 0x20, byte < 0x7f else { return false }
        let letter = byte | 0x20
        return !(letter >= 0x61 && letter <= 0x7a) && !(byte >= 0x30 && byte <= 0x39)
    }
}
