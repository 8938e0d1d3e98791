import Foundation
import Testing

@testable import MutstreamSQL

@Suite struct BindingErrorTests {
    private let prelude: String

    init() throws { prelude = try Golden.read("bind-prelude.sql") }

    /// What a user is told of a pipeline; nil: nothing, down to the circuit.
    private func complaint(_ text: String) -> String? {
        do throws(SQLError) {
            _ = try Compiler.circuit(try Compiler.optimized(text))
            return nil
        } catch {
            return DiagnosticPrinter(SourceText(name: "pipeline.sql", text: text)).text(error)
        }
    }

    @Test func `the declarations before the mistakes are fine`() {
        #expect(complaint(prelude) == nil)
    }

    @Test func `every mistake in the meaning of a pipeline reads as expected`() throws {
        let cases = try Golden.read("errors-bind.sql").split(separator: "\n").map(String.init)
        #expect(cases.count > 50)
        var actual = ""
        for text in cases {
            let complaint = complaint(prelude + text)
            #expect(complaint != nil, "nothing is said against: \(text)")
            actual += "\(text)\n----\n\(complaint ?? "no error\n")\n"
        }
        #expect(try Golden.expected("errors-bind.txt", actual: actual) == actual)
    }

    @Test func `a mistake is never reported on the lines before it`() throws {
        let first = prelude.split(separator: "\n").count + 1
        for text in try Golden.read("errors-bind.sql").split(separator: "\n") {
            let place = "--> pipeline.sql:\(first):"
            #expect(complaint(prelude + text)?.contains(place) == true, "\(text)")
        }
    }
}
