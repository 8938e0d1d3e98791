import Testing

@testable import MutstreamSQL

@Suite struct GoldenTests {
    @Test(arguments: ["design", "tables", "queries", "expressions", "dialects", "statements"])
    func `the tree of a text is as expected`(name: String) throws {
        let text = try Golden.read(name + ".sql")
        do throws(SQLError) {
            let actual = dump(try Parser.parse(text))
            let expected = try? Golden.expected(name + ".ast", actual: actual)
            #expect(actual == expected)
        } catch {
            Issue.record("\(DiagnosticPrinter(SourceText(name: name, text: text)).text(error))")
        }
    }

    @Test func `every error reads as expected`() throws {
        let cases = try Golden.read("errors.sql").split(separator: "\n").map(String.init)
        var actual = ""
        for text in cases {
            actual += "\(text)\n----\n\(diagnostic(text) ?? "no error\n")\n"
        }
        #expect(try Golden.expected("errors.txt", actual: actual) == actual)
        #expect(!actual.contains("no error"))
    }
}
