import Foundation
import Testing

/// Every folder of Examples with an `expected.jsonl` is run, and its rows are compared with it.
struct ExampleTests {
    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: Program.root + "/Examples"))?.sorted().filter {
            FileManager.default.fileExists(atPath: "\(Program.root)/Examples/\($0)/expected.jsonl")
        } ?? []

    @Test func `there are examples`() { #expect(ExampleTests.names == ["hello", "learning", "windows"]) }

    @Test(arguments: names) func `an example gives the rows beside it`(name: String) throws {
        let folder = "\(Program.root)/Examples/\(name)"
        let result = try Program.run("run '\(folder)/pipeline.sql' --quiet", in: TemporaryFolder())
        #expect(result.code == 0)
        #expect(result.error == "")
        #expect(result.output == (try String(contentsOfFile: folder + "/expected.jsonl", encoding: .utf8)))
    }
}
