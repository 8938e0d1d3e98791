import Foundation
import Testing

/// Data directories that each version of the format left behind, killed amid their work: this program goes on with them.
@Suite struct GoldenDirectoryTests {
    private static let golden = Program.root + "/Tests/MutstreamCLITests/Golden"

    static let versions = ((try? FileManager.default.contentsOfDirectory(atPath: golden)) ?? [])
        .filter { $0.hasPrefix("version-") }.sorted()

    @Test func `there is a directory of this version`() {
        #expect(Self.versions.contains("version-1"))
    }

    @Test(arguments: versions) func `a directory of any version is whole, and goes on to the same end`(_ version: String)
        throws
    {
        let folder = try TemporaryFolder()
        let copied = try Program.shell("cp -r '\(Self.golden)/\(version)/.' .", in: folder)
        #expect(copied.code == 0)
        let before = folder.text("rows.jsonl").split(separator: "\n").count
        #expect(before > 20 && before < 280)
        let inspected = try Program.run("inspect state", in: folder)
        #expect(inspected.code == 0, "\(inspected.error)")
        let run = try Program.run("run pipeline.sql --data-dir state --quiet", in: folder)
        #expect(run.code == 0, "\(run.error)")
        for name in ["rows.jsonl", "minutes.jsonl"] {
            #expect(folder.text(name) == folder.text("expected/" + name), "\(name)")
        }
        // Each change of a key leaves a line: the last ones tell what it came to.
        func last(_ text: String) -> [Substring: Substring] {
            Dictionary(text.split(separator: "\n").map { ($0.prefix(20), $0) }) { $1 }
        }
        #expect(last(folder.text("totals.jsonl")) == last(folder.text("expected/totals.jsonl")))
    }

    @Test func `a directory of a later version is refused`() throws {
        let folder = try TemporaryFolder()
        _ = try Program.shell("cp -r '\(Self.golden)/version-1/.' .", in: folder)
        try folder.write("state/format", "mutstream data directory 2\nidentity x\n")
        for command in ["run pipeline.sql --data-dir state --quiet", "inspect state", "replay state"] {
            let run = try Program.run(command, in: folder)
            #expect(run.code == 1 && run.error.contains("this program reads version 1"), "\(command): \(run.error)")
        }
    }
}
