/// The list of all scalar functions, for the documentation.
package enum FunctionReference {
    /// Tables in Markdown, one a group: how a function is called, and what it gives.
    package static var markdown: String {
        let entries = Typing.catalog
        var text = ""
        for group in LibraryEntry.Group.allCases {
            let own = entries.filter { $0.group == group.rawValue }
            if own.isEmpty { continue }
            text += "### \(group.rawValue)\n\n| Function | Result |\n|---|---|\n"
            for entry in own { text += "| `\(escaped(entry.signature))` | \(escaped(entry.summary)) |\n" }
            text += "\n"
        }
        text += "### Left out\n\n| Function | Why |\n|---|---|\n"
        for (name, reason) in Library.refused.sorted(by: { $0.key < $1.key }) {
            text += "| `\(name)` | \(escaped(reason)) |\n"
        }
        return text
    }

    /// A bar would end the cell.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
