import Foundation
import Testing

/// A pipeline over files that grow, in a folder of its own: run for as long as rows come, ended, and run again from its
/// data directory.
///
/// Every source gets a gate, a sink with one line for each line of the source's file, by which the run is known to have
/// taken in what there is.
struct RestoredRun {
    struct Input {
        /// The source, and the file that it reads.
        var source: String
        var file: String
        /// The file's lines; the first `header` of them are no rows.
        var lines: [Substring]
        var header = 0
        /// Whether there is a stream of late rows.
        var hasWatermark = false
    }

    enum Ending { case kill, terminate }

    /// - Parameters:
    ///   - text: the pipeline; its sinks write to files in the folder. `{follow}` in it stands for the option of a source.
    ///   - inputs: the sources' files.
    ///   - outputs: files whose net rows are the result.
    var text: String
    var inputs: [Input]
    var outputs: [String]

    /// Runs once for each ending, each time with so many more rows that the last run has them all.
    ///
    /// - Returns: by file, the net rows, sorted: `count row`.
    func result(_ endings: [Ending]) throws -> [String: String] {
        let temporary = try TemporaryFolder()
        let program = try #require(Program.path)
        var pipeline = text.replacingOccurrences(of: "{follow}", with: "follow = 'true'") + "\n"
        for input in inputs {
            let parts = ["", ".dead_letter"] + (input.hasWatermark ? [".late"] : [])
            let rows = parts.map { "SELECT 1 AS n FROM \(input.source)\($0)" }.joined(separator: " UNION ALL ")
            pipeline +=
                "CREATE SINK gate_of_\(input.source) AS \(rows) WITH (connector = 'file', path = '\(gate(input))');\n"
            try temporary.write(input.file, "")
        }
        try temporary.write("pipeline.sql", pipeline)
        var written = inputs.map { _ in 0 }
        for (stage, ending) in endings.enumerated() {
            let isKept = stage > 0 && endings[stage - 1] == .terminate
            var running: Running?
            // One source after the other, so that their rows have one order whenever the run is ended.
            for (index, input) in inputs.enumerated() {
                let rows = input.lines.count - input.header
                let end = input.header + rows * (stage + 1) / endings.count
                let more = input.lines[written[index]..<end].map { $0 + "\n" }.joined()
                let file = try #require(FileHandle(forWritingAtPath: temporary.path + "/" + input.file))
                if isKept {
                    // What a checkpoint speaks for is not read again: it is not there any more, but for the beginning, by
                    // which the file is known.
                    var kept = input.header
                    func bytes(_ lines: ArraySlice<Substring>) -> Int { lines.reduce(0) { $0 + $1.utf8.count + 1 } }
                    while kept < written[index], bytes(input.lines[..<kept]) < 64 { kept += 1 }
                    try file.seek(toOffset: UInt64(bytes(input.lines[..<kept])))
                    try file.write(
                        contentsOf: Data(repeating: 0x0a, count: bytes(input.lines[kept..<written[index]])))
                }
                try file.seekToEnd()
                try file.write(contentsOf: Data(more.utf8))
                try file.close()
                written[index] = end
                let process =
                    try running
                    ?? Running(
                        "exec '\(program)' run pipeline.sql --data-dir state --quiet --listen 127.0.0.1:0", in: temporary)
                running = process
                try awaitLines(end - input.header, in: gate(input), temporary, process)
            }
            guard let running else { break }
            running.signal(ending == .kill ? SIGKILL : SIGTERM)
            let ended = try running.wait()
            #expect(ended.code == (ending == .kill ? 128 + SIGKILL : 0), "\(ended.error)")
        }
        var result: [String: String] = [:]
        for file in outputs { result[file] = try net(file, temporary) }
        return result
    }

    private func gate(_ input: Input) -> String { "gate-\(input.source).jsonl" }

    private func awaitLines(_ count: Int, in file: String, _ folder: TemporaryFolder, _ running: Running) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while true {
            let lines =
                FileManager.default.contents(atPath: folder.path + "/" + file)?.count { $0 == UInt8(ascii: "\n") } ?? 0
            if lines >= count { return }
            guard Date() < deadline, running.isRunning else {
                Issue.record("\(file) has \(lines) lines of \(count): \(running.error)")
                throw CancellationError()
            }
            usleep(2_000)
        }
    }

    /// Rows of a changelog that cancel out are gone; lines of other formats count as they are.
    private func net(_ file: String, _ folder: TemporaryFolder) throws -> String {
        let result = try Program.shell(
            #"""
            awk '{
              weight = 1; row = $0
              if (row ~ /^{"op":"[-+][IUD]"/) { if (substr(row, 8, 1) == "-") weight = -1; row = substr(row, 12) }
              net[row] += weight
            } END { for (row in net) if (net[row] != 0) print net[row], row }' \#(file) | LC_ALL=C sort
            """#, in: folder)
        #expect(result.code == 0 && result.error == "", "\(result.error)")
        return result.output
    }
}
