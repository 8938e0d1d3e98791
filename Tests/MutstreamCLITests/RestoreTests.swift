import Foundation
import Testing

/// A run that is ended twice and goes on from its data directory, once by its log and once by a checkpoint, ends as one
/// that was never ended.
struct RestoreTests {
    @Test(arguments: 0...22) func `each NEXMark query goes on where it was`(query: Int) throws {
        let events = try NexmarkEvents(count: 1_500, oracle: false)
        var text = try NexmarkEvents.pipeline(query)
            .replacingOccurrences(of: "'${input}/event.jsonl'", with: "'event.jsonl', {follow}")
            .replacingOccurrences(
                of: "connector = 'blackhole'", with: "connector = 'file', path = 'out.jsonl', format = 'changelog_json'")
        // Its windows are those of the clock.
        if query == 12 {
            text = text.replacingOccurrences(
                of: "SELECT * FROM q12", with: "SELECT bidder, sum(bids) AS bids FROM q12 GROUP BY bidder")
        }
        // No auction of so few has the number that is asked for.
        if query == 2 { text = text.replacingOccurrences(of: "mod(auction, 123)", with: "mod(auction, 7)") }
        // No session of ten seconds ends in these fifteen.
        if query == 11 { text = text.replacingOccurrences(of: "INTERVAL '10' SECOND", with: "INTERVAL '2' SECOND") }
        if query % 2 == 1 { text = "SET shards = 2;\n" + text }
        let lines = events.temporary.text("event.jsonl").split(separator: "\n")
        let run = RestoredRun(
            text: text, inputs: [.init(source: "event", file: "event.jsonl", lines: lines, hasWatermark: true)],
            outputs: ["out.jsonl"])
        let calm = try run.result([.terminate])
        #expect(calm["out.jsonl"] != "")
        #expect(try run.result([.kill, .terminate, .terminate]) == calm)
    }

    @Test func `each example goes on where it was`() throws {
        let examples: [(name: String, source: String, file: String, header: Int, hasWatermark: Bool)] = [
            ("hello", "events", "events.jsonl", 0, false), ("learning", "points", "points.csv", 1, false),
            ("windows", "readings", "readings.csv", 1, true),
        ]
        #expect(Set(examples.map(\.name)) == Set(ExampleTests.names))
        for example in examples {
            let folder = "\(Program.root)/Examples/\(example.name)"
            var outputs: [String] = []
            var text = try String(contentsOfFile: "\(folder)/pipeline.sql", encoding: .utf8)
                .replacingOccurrences(of: "'\(example.file)'", with: "'\(example.file)', {follow}")
            while let place = text.range(of: "connector = 'stdout'") {
                outputs.append("out-\(outputs.count).jsonl")
                text.replaceSubrange(place, with: "connector = 'file', path = '\(outputs[outputs.count - 1])'")
            }
            let lines = try String(contentsOfFile: "\(folder)/\(example.file)", encoding: .utf8).split(separator: "\n")
            let input = RestoredRun.Input(
                source: example.source, file: example.file, lines: lines, header: example.header,
                hasWatermark: example.hasWatermark)
            let run = RestoredRun(text: text, inputs: [input], outputs: outputs)
            let calm = try run.result([.terminate])
            #expect(calm.values.contains { $0 != "" }, "\(example.name)")
            #expect(try run.result([.kill, .terminate, .terminate]) == calm, "\(example.name)")
            #expect(try run.result([.terminate, .kill, .kill, .terminate]) == calm, "\(example.name)")
        }
    }

    @Test func `the fraud example goes on where it was, with what its model has learnt`() throws {
        let folder = "\(Program.root)/Examples/fraud"
        let temporary = try TemporaryFolder()
        func lines(_ file: String, _ count: Int) throws -> [Substring] {
            try Program.shell("gzip -dc '\(folder)/data/\(file).gz' | sed -n '1,\(count)p'", in: temporary).lines
        }
        var text = try String(contentsOfFile: "\(folder)/fraud.sql", encoding: .utf8)
        for (theirs, ours) in [
            ("'${payments:-data/payments.csv.gz}'", "'payments.csv', {follow}"), (", rate = ${rate:-3000}", ""),
            ("'${chargebacks:-data/chargebacks.csv.gz}'", "'chargebacks.csv', {follow}"),
            ("'data/merchants.csv'", "'\(folder)/data/merchants.csv'"),
            ("connector = 'stdout'", "connector = 'file', path = 'suspicious.jsonl'"),
            ("WHERE decision <> 'approve'", ""),
        ] {
            #expect(text.contains(theirs))
            text = text.replacingOccurrences(of: theirs, with: ours)
        }
        let run = RestoredRun(
            text: text,
            inputs: [
                .init(
                    source: "replay", file: "payments.csv", lines: try lines("payments.csv", 1_501), header: 1,
                    hasWatermark: true),
                .init(
                    source: "chargebacks", file: "chargebacks.csv", lines: try lines("chargebacks.csv", 1_001), header: 1,
                    hasWatermark: true),
            ], outputs: ["suspicious.jsonl"])
        let calm = try run.result([.terminate, .terminate, .terminate])
        #expect(calm["suspicious.jsonl"] != "")
        #expect(try run.result([.kill, .terminate, .terminate]) == calm)
    }
}
