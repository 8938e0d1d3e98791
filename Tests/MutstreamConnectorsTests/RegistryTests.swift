import MutstreamColumnar
import MutstreamEngine
import Testing

@testable import MutstreamConnectors

/// What the specs promise, the factories keep.
@Suite struct RegistryTests {
    private let registry = {
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        return registry
    }()

    @Test func `all connectors and formats are there`() {
        #expect(registry.entries.map(\.spec.name) == ["file", "stdin", "stdout", "nexmark", "webhook", "http_lookup", "blackhole"])
        #expect(registry.formats.map(\.name) == ["json", "csv", "changelog_json", "debezium_json"])
    }

    @Test func `a connector has a factory for each of its roles`() {
        for entry in registry.entries {
            #expect(
                (entry.makeSource != nil) == (entry.spec.roles.contains(.source) || entry.spec.roles.contains(.table)))
            #expect((entry.makeSink != nil) == entry.spec.roles.contains(.sink))
        }
    }

    @Test func `every spec is complete`() {
        for spec in registry.entries.map(\.spec) {
            #expect(spec.summary.hasSuffix("."))
            #expect(spec.guarantee.hasSuffix("."))
            #expect(spec.example.contains("connector = '\(spec.name)'"))
            #expect(spec.formats.allSatisfy { registry.format($0) != nil })
        }
        let options = registry.entries.flatMap(\.spec.options) + registry.formats.flatMap(\.options)
        for option in options {
            #expect(option.documentation.hasSuffix("."), "\(option.name)")
            #expect(!option.required || option.defaultValue == nil, "\(option.name)")
        }
    }

    @Test func `defaults are values of their options`() {
        for option in registry.entries.flatMap(\.spec.options) + registry.formats.flatMap(\.options) {
            guard let value = option.defaultValue else { continue }
            switch option.kind {
            case .text: break
            case .integer(let range): #expect(Int(value).map { range.contains($0) } == true, "\(option.name)")
            case .number(let range): #expect(Double(value).map { range.contains($0) } == true, "\(option.name)")
            case .boolean: #expect(Bool(value) != nil, "\(option.name)")
            case .duration: break
            case .choice(let choices): #expect(choices.contains(value), "\(option.name)")
            }
        }
    }

    @Test func `a table is filled by the same source as a stream`() throws {
        let entry = try #require(registry.entry("file"))
        #expect(entry.spec.roles == [.source, .table, .sink])
        let source = try entry.makeSource?(Rows.request("/dev/null", format: "csv"))
        #expect(source?.isBounded == true)
    }

    @Test func `a format that is not known and a delimiter that parts nothing are refused`() {
        func refusal(_ format: String?, _ delimiter: String) -> String? {
            do throws(ConnectorError) {
                _ = try RowFormat(format, options: CheckedOptions(["delimiter": .text(delimiter)]))
                return nil
            } catch {
                return error.message
            }
        }
        #expect(refusal("xml", ",") == "unknown format \"xml\"")
        #expect(
            ["\"", "\n", "", "ab", "é"].allSatisfy {
                refusal("csv", $0)?.hasSuffix("cannot part the values of a row") == true
            })
        #expect([",", ";", "|", "\t", "tab"].allSatisfy { refusal("csv", $0) == nil })
    }

    @Test func `a close name is found`() {
        let names = ["orders.csv", "orders.jsonl", "users.csv"]
        #expect(Spelling.closest(to: "order.csv", among: names) == "orders.csv")
        #expect(Spelling.closest(to: "Orders.jsnol", among: names) == "orders.jsonl")
        #expect(Spelling.closest(to: "payments.parquet", among: names) == nil)
        #expect(Spelling.distance(Array("abcd".utf8), Array("acbd".utf8)) == 1)
        #expect(Spelling.distance([], Array("ab".utf8)) == 2)
    }
}
