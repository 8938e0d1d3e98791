import MutstreamEngine
import MutstreamLogicTest
import Testing

/// The files of Tests/slt on this engine: each query as it stands, and as a view from before, amid and after the changes, or one
/// that goes on from its state.
@Suite struct LogicTests {
    private static let folder = "\(Files.folder(of: Files.folder(of: #filePath)))/slt"
    private static let names = Files.scripts(at: folder, endings: [".slt"]).map {
        String($0.dropFirst(folder.count + 1))
    }

    @Test func `there are files`() { #expect(LogicTests.names.count >= 9) }

    @Test(arguments: names, Mode.allCases)
    func `a file gives what it says`(name: String, mode: Mode) throws {
        let script = try #require(Script.read("\(LogicTests.folder)/\(name)", dialect: .mutstream))
        var passed = 0
        let runner = FileRunner(
            script, mode: mode, options: RunOptions(dialect: .mutstream), engine: SessionEngine(Session())
        ) { event in
            guard case .ended(let index, let result) = event else { return }
            if result.verdict == .passed { passed += 1 }
            if result.verdict == .failed {
                Issue.record("\(name):\(script.records[index].place.line): \(result.detail)\n\(script.records[index].sql)")
            }
        }
        runner.run()
        #expect(passed > script.records.count / 2)
    }
}
