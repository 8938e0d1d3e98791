import ArgumentParser

/// A data directory that is named as `run` names it, or stands before the other arguments.
struct NamedFolder: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp("The data directory, as of `mutstream run`.", valueName: "folder"), completion: .directory)
    var dataDir: String?

    /// The folder and what stands behind it.
    ///
    /// - Parameter names: of the arguments that stand behind it.
    func folder(_ arguments: [String], expecting names: [String]) throws -> (folder: String, rest: [String]) {
        var rest = arguments
        let folder = dataDir ?? (rest.isEmpty ? nil : rest.removeFirst())
        guard let folder else {
            throw ValidationError("no data directory: name it, as in mutstream \u{2026} DIR or --data-dir DIR")
        }
        guard rest.count == names.count else {
            let expected = (dataDir == nil ? ["folder"] : []) + names
            throw ValidationError(
                "found \(arguments.count) arguments, expected \(expected.isEmpty ? "none" : expected.joined(separator: ", "))"
            )
        }
        return (folder, rest)
    }
}
