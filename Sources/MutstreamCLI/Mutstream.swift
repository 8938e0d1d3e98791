import ArgumentParser

/// The one program. Exit codes: 0 done, 1 a failure at run time, 2 a wrong pipeline, 64 wrong arguments.
@main
struct Mutstream: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "mutstream",
        abstract: "A real-time data engine: SQL that enriches, scores and routes rows while they are in flight.",
        discussion: """
            EXAMPLES
              mutstream check pipeline.sql                 find mistakes, start nothing
              mutstream run pipeline.sql                   run until the input ends or Ctrl-C
              mutstream run p.sql --set data=events.jsonl  fill ${data} in the SQL
              mutstream explain pipeline.sql               how it will be computed
              mutstream shell                              write SQL and see its rows at once
              mutstream run p.sql --data-dir state         goes on where it was, whatever ended it
              mutstream why state answers 4711             the row at every layer it passed through
              mutstream query p.sql 'SELECT * FROM v'      run to the end of its files, then ask
            """,
        version: version,
        subcommands: [
            Run.self, Inspect.self, ChangePlan.self, Replay.self, Why.self, Shell.self, Query.self, Check.self, Explain.self,
            Connectors.self, Functions.self, Version.self,
        ])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("mutstream \(Mutstream.version)") }
}
