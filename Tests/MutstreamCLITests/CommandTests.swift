import Foundation
import Testing

@Suite struct CommandTests {
    private let folder: TemporaryFolder

    private static let copy = """
        CREATE SOURCE a (id INT, name TEXT) WITH (connector = 'file', path = '${path:-a.jsonl}', format = 'json');
        CREATE SINK s AS SELECT id, name FROM a WITH (connector = 'stdout');

        """

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("copy.sql", CommandTests.copy)
        try folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n{\"id\":2,\"name\":\"two\"}\n")
        try folder.write("b.jsonl", "{\"id\":3,\"name\":\"three\"}\n")
    }

    @Test func `a right pipeline is checked with code 0 and a word, a wrong one with code 2 and its place`() throws {
        let fine = try Program.run("check copy.sql", in: folder)
        #expect(fine.code == 0)
        #expect(fine.error.contains("copy.sql: fine."))
        #expect(fine.output.isEmpty)

        try folder.write("wrong.sql", CommandTests.copy + "CREATE VIEW v AS\n  SELECT nmae FROM a;\n")
        let wrong = try Program.run("check wrong.sql", in: folder)
        #expect(wrong.code == 2)
        #expect(wrong.error.contains("--> wrong.sql:4:10"))
        #expect(wrong.error.contains("did you mean \"name\"?"))
        #expect(wrong.output.isEmpty)

        let json = try Program.run("check wrong.sql --json", in: folder)
        #expect(json.code == 2)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["line"] as? Int == 4)
        #expect(object?["column"] as? Int == 10)
        #expect(object?["file"] as? String == "wrong.sql")
        #expect(try Program.run("run wrong.sql", in: folder).code == 2)
        #expect(try Program.run("explain wrong.sql", in: folder).code == 2)
    }

    @Test(arguments: [
        ("", 0), ("--help", 0), ("version", 0), ("--version", 0), ("chek copy.sql", 64), ("run", 64),
        ("check copy.sql --set path", 64), ("explain copy.sql --stage nothing", 64), ("run copy.sql --no-such-flag", 64),
        ("connectors nothing_like_it", 2), ("check missing.sql", 1), ("run missing.sql", 1),
        ("run copy.sql --listen nowhere", 1), ("run copy.sql --set path=missing.jsonl", 1),
    ])
    func `the exit code says what kind of end it was`(arguments: String, code: Int) throws {
        let result = try Program.run(arguments, in: folder)
        #expect(Int(result.code) == code, "\(arguments): \(result.error)")
        if code != 0 {
            #expect(!result.error.isEmpty)
            #expect(result.output.isEmpty)
        }
    }

    @Test func `a file that is missing is named, as a pipeline and as a source`() throws {
        #expect(try Program.run("run missing.sql", in: folder).error.contains("missing.sql"))
        let source = try Program.run("run copy.sql --set path=missing.jsonl", in: folder)
        #expect(source.error.contains("missing.jsonl"))
        #expect(source.output.isEmpty)
    }

    @Test func `variables come from --set, then the environment, then their default`() throws {
        let own = try Program.run("run copy.sql --quiet", in: folder)
        #expect(own.lines == ["{\"id\":1,\"name\":\"one\"}", "{\"id\":2,\"name\":\"two\"}"])
        #expect(own.error.isEmpty)
        let environment = try Program.run("run copy.sql --quiet", in: folder, environment: ["path": "b.jsonl"])
        #expect(environment.output == "{\"id\":3,\"name\":\"three\"}\n")
        let set = try Program.run("run copy.sql --quiet --set path=a.jsonl", in: folder, environment: ["path": "b.jsonl"])
        #expect(set.output == own.output)
        try folder.write("bare.sql", CommandTests.copy.replacing("${path:-a.jsonl}", with: "${path}"))
        let missing = try Program.run("check bare.sql --set pth=1", in: folder)
        #expect(missing.code == 2)
        #expect(missing.error.contains("no value for ${path}"))
        #expect(missing.error.contains("bare.sql:1:"))
    }

    @Test func `relative paths start in the folder of the pipeline`() throws {
        let other = try TemporaryFolder()
        let result = try Program.run("run '\(folder.path)/copy.sql' --quiet", in: other)
        #expect(result.lines.count == 2)
    }

    @Test func `the summary goes to standard error, as a table or as one JSON object`() throws {
        let table = try Program.run("run copy.sql", in: folder)
        #expect(table.code == 0)
        #expect(table.error.contains("2 rows in"))
        #expect(table.lines.count == 2)
        let json = try Program.run("run copy.sql --json", in: folder)
        let object = try JSONSerialization.jsonObject(with: Data(json.error.utf8)) as? [String: Any]
        #expect(object?["rows_in"] as? Int == 2)
        #expect(object?["rows_out"] as? Int == 2)
        #expect(object?["rejected"] as? Int == 0)
    }

    @Test(arguments: ["ast", "plan", "optimized", "circuit"])
    func `each stage can be explained`(stage: String) throws {
        let result = try Program.run("explain copy.sql --stage \(stage)", in: folder)
        #expect(result.code == 0)
        #expect(result.output.contains("a"))
        #expect(result.error.isEmpty)
    }

    @Test func `the connectors are listed and each has a page`() throws {
        let list = try Program.run("connectors", in: folder)
        #expect(list.code == 0)
        for name in ["file", "stdin", "stdout", "http", "reply"] {
            #expect(list.output.contains(name + " "))
            let page = try Program.run("connectors \(name)", in: folder)
            #expect(page.code == 0)
            #expect(page.output.contains("Example:"), "\(name)")
        }
        #expect(try Program.run("connectors htp", in: folder).error.contains("did you mean 'http'?"))
    }

    @Test func `the reference of connectors in docs is what the program prints`() throws {
        let written = FileManager.default.contents(atPath: Program.root + "/docs/connectors.md")
        let text = String(decoding: try #require(written), as: UTF8.self)
        #expect(try Program.run("connectors --markdown", in: folder).output == text)
    }

    @Test func `the reference of functions in docs is what the program prints`() throws {
        let written = FileManager.default.contents(atPath: Program.root + "/docs/functions.md")
        let text = String(decoding: try #require(written), as: UTF8.self)
        #expect(try Program.run("functions --markdown", in: folder).output == text)
        #expect(try Program.run("functions percentile_cont", in: folder).output.contains("WITHIN GROUP"))
        #expect(try Program.run("functions uper", in: folder).error.contains("did you mean"))
    }

    @Test func `a sink that cannot be written is said before a row is read`() throws {
        try folder.write(
            "out.sql",
            """
            CREATE SOURCE a (id INT) WITH (connector = 'stdin', format = 'json');
            CREATE SINK s AS SELECT id FROM a WITH (connector = 'file', path = 'no/such/folder/out.jsonl', format = 'json');
            """)
        let result = try Program.run("run out.sql", in: folder)
        #expect(result.code == 1)
        #expect(result.error.contains("no/such/folder/out.jsonl"))
    }

    @Test func `an option of a connector that is wrong is said at its place`() throws {
        try folder.write("option.sql", CommandTests.copy.replacing("format = 'json'", with: "format = 'json', sped = 2"))
        let result = try Program.run("check option.sql", in: folder)
        #expect(result.code == 2)
        #expect(result.error.contains("unknown option \"sped\""))
        #expect(result.error.contains("did you mean speed?"))
        try folder.write("connector.sql", CommandTests.copy.replacing("'stdout'", with: "'stdot'"))
        #expect(try Program.run("check connector.sql", in: folder).error.contains("did you mean 'stdout'?"))
    }

    @Test(arguments: [
        ("source = 'nobody'", "unknown source 'nobody'"), ("source = 'a'", "no one to reply to"),
        ("source = 'other'", "do not answer rows of 'other'"), ("destination = 'p'", "unknown option"),
    ])
    func `a reply sink must answer the source whose rows it carries`(option: String, message: String) throws {
        try folder.write(
            "reply.sql",
            """
            CREATE SOURCE a (id INT) WITH (connector = 'stdin', format = 'json');
            CREATE SOURCE p (id INT) WITH (connector = 'http', path = '/p');
            CREATE SOURCE other (id INT) WITH (connector = 'http', path = '/other');
            CREATE SINK s AS SELECT id FROM p WITH (connector = 'reply', \(option));
            """)
        let result = try Program.run("check reply.sql", in: folder)
        #expect(result.code == 2)
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.error.contains("reply.sql:4:"))
    }
}
