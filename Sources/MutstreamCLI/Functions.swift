import ArgumentParser
import MutstreamDataflow

struct Functions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the functions of SQL, or show those of one name.",
        discussion: """
            EXAMPLES
              mutstream functions
              mutstream functions regexp_replace
            """)

    @Argument(help: "A function's name.") var name: String?
    @Flag(help: "Print the reference as Markdown: docs/functions.md.") var markdown = false

    func run() throws {
        if markdown { return print(Functions.reference, terminator: "") }
        let all = Typing.catalog + AggregateFunction.names
        guard let name else {
            for entry in all { print(entry.signature) }
            return
        }
        let found = all.filter { $0.name == name.lowercased() }
        guard !found.isEmpty else {
            Terminal.error(
                "unknown function \"\(name)\"",
                hint: Suggestion.nearest(name.lowercased(), all.map(\.name)).map { "did you mean \"\($0)\"?" }
                    ?? "`mutstream functions` lists them")
            throw ExitCode(2)
        }
        for entry in found { print("\(entry.signature)\n    \(entry.summary)") }
    }

    /// Every function in Markdown.
    private static var reference: String {
        var text = """
            # Functions

            Made by `mutstream functions --markdown`. Meanings are PostgreSQL's unless the line says otherwise.

            ## Scalar functions


            """
        text += FunctionReference.markdown
        text += "\n## Aggregates\n\n| Function | Result |\n|---|---|\n"
        for entry in AggregateFunction.names {
            text += "| `\(escaped(entry.signature))` | \(escaped(entry.summary)) |\n"
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
