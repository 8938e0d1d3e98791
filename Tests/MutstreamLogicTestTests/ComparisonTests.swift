import MutstreamColumnar
import Testing

@testable import MutstreamLogicTest

@Suite struct ComparisonTests {
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
        (String(repeating: "a", count: 56), "3b0c8ac703f828b04c6c197006d17218"),
    ])
    func `digests are those of RFC 1321`(text: String, expected: String) {
        var digest = MD5()
        digest.update(text.utf8)
        #expect(digest.finish() == expected)
    }

    private func difference(
        _ lines: [String], _ rows: [[String?]], _ types: [DataType?], letters: String = "", dialect: Dialect = .duckdb,
        sort: QueryExpectation.Sort = .none, anyOrder: Bool = false
    ) -> String? {
        let expectation = QueryExpectation(types: letters, sort: sort, result: .lines(lines))
        return Comparison(dialect: dialect, expectation: expectation, anyOrder: anyOrder)
            .difference(ResultTable(types: types, rows: rows, isOrdered: true))
    }

    @Test func `rows by tabs, by values and by words are the same rows`() {
        let rows: [[String?]] = [["1", "a b"], ["2", nil], ["3", ""]]
        let types: [DataType?] = [.int, .text]
        #expect(difference(["1\ta b", "2\tNULL", "3\t(empty)"], rows, types) == nil)
        #expect(difference(["1", "a b", "2", "NULL", "3", "(empty)"], rows, types) == nil)
        #expect(difference(["1 a b", "2 NULL", "3 (empty)"], rows, types, dialect: .risingwave) == nil)
        #expect(difference(["1", "a b", "2", "NULL", "3", "(empty)"], rows, types, letters: "IT", dialect: .sqlite) == nil)
        #expect(difference(["1\ta b", "2\tNULL"], rows, types)?.hasPrefix("3 rows, expected 2") == true)
        #expect(difference(["1\ta b", "2\tx", "3\t(empty)"], rows, types) == "row 2: 2 | NULL, expected 2 | x")
        #expect(difference(["2\tNULL", "1\ta b", "3\t(empty)"], rows, types) == "the same rows in another order")
        #expect(difference(["2\tNULL", "1\ta b", "3\t(empty)"], rows, types, sort: .rows) == nil)
        #expect(difference(["2\tNULL", "1\ta b", "3\t(empty)"], rows, types, anyOrder: true) == nil)
        #expect(difference(["2\tNULL", "1\ta b", "3\tx"], rows, types, anyOrder: true) != nil)
        #expect(difference(["(empty)", "1", "2", "3", "NULL", "a b"], rows, types, sort: .values) == nil)
    }

    @Test(arguments: [
        ("1.50", "1.5", true), ("0.333333", "0.33333333333333333333", true), ("0.333334", "0.33333333333333333333", false),
        ("1", "1.0", true), ("2", "1.9", false), ("12345678901234567890", "12345678901234567891", false),
        ("1e3", "1000", true), ("NaN", "NaN", true), ("NULL", "0", false), ("-0", "0", true), ("0.1", "0.2", false),
        ("12345678901234567890.12", "12345678901234567890.1200", true),
    ])
    func `numbers are equal by value, not by digits`(expected: String, actual: String, isEqual: Bool) {
        #expect(ValueMatch.equal(expected, actual, type: .double) == isEqual)
    }

    @Test func `values of other types have more than one text`() {
        #expect(ValueMatch.equal("true", "t", type: .boolean))
        #expect(!ValueMatch.equal("true", "t", type: .text))
        #expect(!ValueMatch.equal("true", "f", type: .boolean))
        #expect(ValueMatch.equal("1 year 2 months", "1 year 2 mons", type: .interval))
        #expect(!ValueMatch.equal("1 year 2 months", "1 year 3 mons", type: .interval))
        #expect(ValueMatch.equal("2024-01-01 00:00:00", "2024-01-01", type: .date))
        #expect(ValueMatch.equal("2024-01-01 01:00:00+00:00", "2024-01-01 01:00:00+00", type: nil))
        #expect(ValueMatch.equal("a<slt:ignore>c", "abbbc", type: .text))
        #expect(!ValueMatch.equal("a<slt:ignore>c", "abbb", type: .text))
        #expect(ValueMatch.equal("<REGEX>:a.*c", "abbbc", type: .text))
        #expect(!ValueMatch.equal("1.0", "1", type: .text))
    }

    @Test func `SQLite's letters say how numbers are written`() {
        let table = ResultTable(
            types: [.double, .double, .boolean, .text], rows: [["2.75", "2.0625", "true", ""], [nil, "-7", "false", "x"]],
            isOrdered: true)
        #expect(table.texts(.sqlite, letters: "IRIT") == [["2", "2.062", "1", "(empty)"], ["NULL", "-7.000", "0", "x"]])
        #expect(table.texts(.risingwave, letters: "")[1] == ["NULL", "-7", "f", "x"])
    }

    @Test func `digests are over sorted rows where the file says so`() {
        let table = ResultTable(types: [.int, .int], rows: [["2", "1"], ["10", "3"]], isOrdered: false)
        func differs(_ sort: QueryExpectation.Sort, _ values: [String]) -> Bool {
            let result = QueryExpectation.Result.hash(values: 4, digest: Comparison.digest(values))
            let expectation = QueryExpectation(types: "II", sort: sort, result: result)
            return Comparison(dialect: .sqlite, expectation: expectation, anyOrder: false).difference(table) != nil
        }
        #expect(!differs(.none, ["2", "1", "10", "3"]))
        #expect(!differs(.rows, ["10", "3", "2", "1"]))
        #expect(!differs(.values, ["1", "10", "2", "3"]))
        #expect(differs(.values, ["1", "2", "3", "10"]))
    }
}
