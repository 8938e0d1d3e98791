import MutstreamColumnar
import Testing

/// What PostgreSQL 15 makes of texts; nil: it refuses them.
struct TextCodecTests {
    private func converted(_ text: String, _ type: DataType) -> String? {
        (try? TextCodec.parse(text, type)).map { TextCodec.text($0, type) }
    }

    @Test(
        arguments: [
            ("t", "true"), ("TRUE", "true"), ("ye", "true"), ("on", "true"), ("1", "true"), (" t ", "true"), ("of", "false"),
            ("n", "false"), ("0", "false"), ("fal", "false"), ("o", nil), ("", nil), ("10", nil), ("truee", nil),
        ] as [(String, String?)])
    func `booleans are spelled as in PostgreSQL`(text: String, expected: String?) {
        #expect(converted(text, .boolean) == expected)
    }

    @Test(
        arguments: [
            ("0", "0"), ("-0", "0"), ("+5", "5"), (" 12 ", "12"), ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"), ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("000000000000000000000000000012", "12"), ("99999999999999999999999", nil), ("", nil), ("-", nil), ("1.0", nil),
            ("1e3", nil), ("1 2", nil), ("0x1", nil),
        ] as [(String, String?)])
    func `whole numbers are read to the last digit`(text: String, expected: String?) {
        #expect(converted(text, .bigint) == expected)
    }

    @Test func `INT is 32 bits wide`() {
        #expect(converted("2147483647", .int) == "2147483647")
        #expect(throws: TextCodecError.outOfRange) { try TextCodec.parse("2147483648", .int) }
        #expect(throws: TextCodecError.invalid) { try TextCodec.parse("x", .int) }
    }

    @Test(
        arguments: [
            ("1.0", "1"), ("-0", "-0"), ("1e20", "1e+20"), ("1e15", "1e+15"), ("1e14", "100000000000000"),
            ("1234567890123456", "1.234567890123456e+15"), ("0.0001", "0.0001"), ("0.00001", "1e-05"), ("nan", "NaN"),
            ("-inf", "-Infinity"), ("1e308", "1e+308"), ("1e309", nil), ("1e-320", "1e-320"), ("1e-400", nil),
            ("0.1", "0.1"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"), ("5e-324", "5e-324"), (".5", "0.5"), ("5.", "5"),
            ("9007199254740993", "9.007199254740992e+15"), ("18446744073709551615", "1.8446744073709552e+19"),
            ("123456789.123456789", "123456789.12345679"), ("999999999999999.9", "999999999999999.9"), ("", nil), (".", nil),
            ("1e", nil), ("1e5.5", nil), ("0.3", "0.3"), ("0e999", "0"),
        ] as [(String, String?)])
    func `doubles read and print as in PostgreSQL`(text: String, expected: String?) {
        #expect(converted(text, .double) == expected)
    }

    @Test func `doubles agree with the standard library and come back from their text`() throws {
        var random = SeededRandom(formatSeed)
        for _ in 0..<20_000 {
            let text: String
            switch random.below(4) {
            case 0: text = "\(random.next())e\(random.below(60) - 30)"
            case 1: text = "\(random.below(1_000_000)).\(random.below(1_000_000_000))"
            case 2: text = "\(random.next() >> UInt64(random.below(64)))\(random.next())e-\(random.below(50))"
            default:
                let value = Double(bitPattern: random.next())
                if !value.isFinite { continue }
                text = value.description
            }
            let expected = try #require(Double(text))
            let value = try? TextCodec.parse(text, .double)
            if !expected.isInfinite, expected != 0 { #expect(value == .double(expected), "\(text)") }
            if case .double(let value)? = value {
                #expect(try TextCodec.parse(TextCodec.text(.double(value), .double), .double) == .double(value), "\(text)")
            }
        }
    }

    @Test(
        arguments: [
            ("1", "1.00"), ("1.005", "1.01"), ("-1.005", "-1.01"), ("1.004999", "1.00"), ("0.005", "0.01"),
            ("0.0049", "0.00"),
            ("9999999999.99", "9999999999.99"), ("9999999999.995", nil), ("99999999999", nil), ("1e3", "1000.00"),
            ("5e-3", "0.01"), ("1e-5", "0.00"), ("1e9", "1000000000.00"), (".5", "0.50"), ("", nil), ("-", nil),
            ("abc", nil),
            ("0e999", "0.00"), ("0.0000000000000000000000000000001", "0.00"), ("00012", "12.00"),
            ("123456789012345678901234567890e-22", "12345678.90"), ("-0.01", "-0.01"),
        ] as [(String, String?)])
    func `decimals round half away from zero`(text: String, expected: String?) {
        #expect(converted(text, .decimal(precision: 12, scale: 2)) == expected)
    }

    @Test func `decimals have 38 digits`() {
        let type = DataType.decimal(precision: 38, scale: 16)
        #expect(converted("1234567890123456789012.1234567890123456", type) == "1234567890123456789012.1234567890123456")
        #expect(converted("12345678901234567890123", type) == nil)
        #expect(converted("-99999999999999999999.99999999999999995", type) == "-100000000000000000000.0000000000000000")
        let whole = String(repeating: "9", count: 38)
        #expect(converted("-" + whole, .decimal(precision: 38, scale: 0)) == "-" + whole)
        #expect(converted("0." + whole, .decimal(precision: 38, scale: 38)) == "0." + whole)
    }

    @Test(
        arguments: [
            ("2024-01-01T00:00:16Z", "2024-01-01 00:00:16"), ("2024-01-01 00:00:16.123456", "2024-01-01 00:00:16.123456"),
            ("2024-01-01", "2024-01-01 00:00:00"), ("2024-02-30", nil), ("2023-02-29", nil),
            ("2024-02-29", "2024-02-29 00:00:00"), ("2024-13-01", nil), ("2024-00-01", nil), ("0000-01-01", nil),
            ("0001-01-01", "0001-01-01 00:00:00"), ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
            ("294246-12-31", "294246-12-31 00:00:00"), ("2024-01-01 24:00:00", "2024-01-02 00:00:00"),
            ("2024-01-01 24:00:01", nil), ("2024-01-01 23:59:60", "2024-01-02 00:00:00"), ("2024-01-01 23:60:00", nil),
            ("2024-01-01 00:00:61", nil), ("2024-01-01 00:00:00.1234567", "2024-01-01 00:00:00.123457"),
            ("2024-01-01 00:00:00.9999999", "2024-01-01 00:00:01"), ("2024-01-01 1:2:3", "2024-01-01 01:02:03"),
            ("  2024-01-01 10:00  ", "2024-01-01 10:00:00"), ("2024-01-01 10:00:00 Z", "2024-01-01 10:00:00"),
            ("2024-01-01 10:00:00+00", "2024-01-01 10:00:00"), ("2024-01-01 10:00:00+00:00", "2024-01-01 10:00:00"),
            ("2024-01-01 10:00:00+01", nil), ("2024-01-01 10:00:00 CET", nil), ("2024-01-01X10:00:00", nil),
            ("1969-12-31 23:59:59.5", "1969-12-31 23:59:59.5"), ("1900-03-01", "1900-03-01 00:00:00"), ("", nil),
            ("now", nil),
        ] as [(String, String?)])
    func `timestamps read and print as in PostgreSQL`(text: String, expected: String?) {
        #expect(converted(text, .timestamp) == expected)
    }

    @Test(
        arguments: [
            ("2024-01-01", "2024-01-01"), ("2024-01-01 10:00", "2024-01-01"), ("0001-01-01", "0001-01-01"),
            ("2024-1-1", "2024-01-01"), ("2024-01-32", nil), ("24-01-01", nil), ("10000-01-01", "10000-01-01"),
            ("20240101", nil),
        ] as [(String, String?)])
    func `dates read and print as in PostgreSQL`(text: String, expected: String?) {
        #expect(converted(text, .date) == expected)
    }

    @Test(
        arguments: [
            ("1 day 2 hours", "1 day 02:00:00"), ("01:02:03.5", "01:02:03.5"), ("-3 mons", "-3 mons"),
            ("P1DT2H", "1 day 02:00:00"),
            ("1-2", "1 year 2 mons"), ("-1-2", "-1 years -2 mons"), ("1 2:03:04", "1 day 02:03:04"),
            ("-1 day 02:00:00", "-1 days +02:00:00"), ("1.5 months", "1 mon 15 days"), ("1.5 days", "1 day 12:00:00"),
            ("1.5 years", "1 year 6 mons"), ("0.5 week", "3 days 12:00:00"), ("2 weeks ago", "-14 days"), ("5", "00:00:05"),
            ("1.123456789 s", "00:00:01.123457"), ("P1Y2M3W4DT5H6M7.8S", "1 year 2 mons 25 days 05:06:07.8"),
            ("P-1DT-2H", "-1 days -02:00:00"), ("1 mon -1 day", "1 mon -1 days"), ("100:00:00", "100:00:00"),
            ("1:02", "01:02:00"),
            ("1 century", "100 years"), ("1ms 5us", "00:00:00.001005"), ("1h30m", "01:30:00"),
            ("-1 mon +1 day", "-1 mons +1 day"),
            ("00:61:00", nil), ("", nil), ("abc", nil), ("1 foo", nil), ("1 day 1 day", nil), ("9999999999 days", nil),
            ("2562047789:00:00", nil), ("P", nil), ("day", nil), ("00:00:00", "00:00:00"),
        ] as [(String, String?)])
    func `intervals read and print as in PostgreSQL`(text: String, expected: String?) {
        #expect(converted(text, .interval) == expected)
    }

    @Test func `a unit counts the number of an interval literal`() throws {
        func interval(_ text: String, _ unit: TimeField) throws -> Interval {
            var text = text
            return try text.withUTF8 { try TextCodec.parseInterval(UnsafeRawBufferPointer($0), unit: unit) }
        }
        #expect(try interval("5", .second) == Interval(microseconds: 5_000_000))
        #expect(try interval("1.5", .second) == Interval(microseconds: 1_500_000))
        #expect(try interval("1.5", .hour) == Interval(microseconds: 3_600_000_000))
        #expect(try interval("3", .month) == Interval(months: 3))
        #expect(try interval("2", .week) == Interval(days: 14))
    }

    @Test func `every value comes back from its text`() throws {
        var random = SeededRandom(formatSeed)
        for _ in 0..<2_000 {
            let time = Int64.random(in: -60_000_000_000_000_000...9_000_000_000_000_000_000, using: &random)
            #expect(try TextCodec.parse(TextCodec.text(.int64(time), .timestamp), .timestamp) == .int64(time))
            let whole = Int64(bitPattern: random.next()) >> Int64(random.below(64))
            #expect(TextCodec.text(.int64(whole), .bigint) == String(whole))
            let interval = Interval(
                months: Int32.random(in: -9999...9999, using: &random), days: Int32.random(in: -9999...9999, using: &random),
                microseconds: whole)
            #expect(try TextCodec.parse(TextCodec.text(.interval(interval), .interval), .interval) == .interval(interval))
        }
        #expect(TextCodec.text(.null, .text) == "NULL")
        #expect(TextCodec.text(.int64(-719_163), .date) == "0001-12-31 BC")
    }
}
