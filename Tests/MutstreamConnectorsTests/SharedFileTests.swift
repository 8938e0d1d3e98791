import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Files that two parts of a pipeline name, and what a failure leaves behind.
@Suite struct SharedFileTests {
    private let folder = TemporaryFolder()
    private let source = "CREATE SOURCE s (id INT) WITH (connector = 'file', path = 'in.csv', format = 'csv');"

    private func failure(_ text: String) throws -> String {
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: folder.path)
        do {
            _ = try StepLoop(definition, Pipeline(definition)).run()
            return ""
        } catch StartError.connector(let error) { return error.message } catch let error as ConnectorError {
            return error.message
        }
    }

    @Test func `a sink does not empty the file that a source reads`() throws {
        folder.write("in.csv", "id\n1\n")
        let sink = "CREATE SINK o AS SELECT id FROM s WITH (connector = 'file', path = './in.csv', format = 'csv');"
        #expect(try failure(source + sink) == "cannot write \"./in.csv\": a source reads it")
        #expect(folder.text("in.csv") == "id\n1\n")
    }

    @Test func `a dead letter is not written into the file that a source reads`() throws {
        folder.write("in.csv", "id\n1\n")
        let sink = """
            CREATE SINK o AS SELECT id FROM s WITH (connector = 'webhook', url = 'http://127.0.0.1:9/', dead_letter = 'in.csv');
            """
        #expect(try failure(source + sink) == "cannot write \"in.csv\": a source reads it")
        #expect(folder.text("in.csv") == "id\n1\n")
    }

    @Test func `two sinks do not write to one file, two sources may read one, and a second run may write again`() throws {
        folder.write("in.csv", "id\n1\n")
        func sink(_ name: String, _ from: String = "s") -> String {
            "CREATE SINK \(name) AS SELECT id FROM \(from) WITH (connector = 'file', path = 'out.csv', format = 'csv');"
        }
        #expect(try failure(source + sink("a") + sink("b")) == "cannot write \"out.csv\": another sink writes it")
        let second = "CREATE SOURCE r (id INT) WITH (connector = 'file', path = 'in.csv', format = 'csv');"
        for _ in 0..<2 {
            #expect(try failure(source + second + sink("a", "(SELECT * FROM s UNION ALL SELECT * FROM r) AS u")).isEmpty)
            #expect(folder.text("out.csv") == "id\n1\n1\n")
        }
    }

    @Test func `rows before a damage leave before the pipeline ends`() throws {
        let rows = (0..<50_000).map { "\($0)\n" }.joined()
        folder.write("in.csv", Array(gzip([], Array(("id\n" + rows).utf8)).dropLast(20_000)))
        let sink = "CREATE SINK o AS SELECT id FROM s WITH (connector = 'file', path = 'out.csv', format = 'csv');"
        #expect(try failure(source + sink).contains("the gzip data ends too soon"))
        let kept = folder.text("out.csv").split(separator: "\n")
        #expect(kept.count > 20_000)
        #expect(kept.dropFirst().enumerated().allSatisfy { "\($0.offset)" == $0.element })
    }
}
