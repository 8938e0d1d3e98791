/// Puts the answers of a database into a file in place of the results it has.
package struct ResultWriter {
    private let script: Script
    private let engine: any LogicEngine
    private let dialect: Dialect

    package init(_ script: Script, engine: any LogicEngine, dialect: Dialect) {
        self.script = script
        self.engine = engine
        self.dialect = dialect
    }

    /// The text of the file anew, and the places where the database disagrees on what is an error.
    package func rewrite(_ text: String) -> (text: String, problems: [String]) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var problems: [String] = []
        var changes: [(Range<Int>, [String])] = []
        for record in script.records {
            switch record.kind {
            case .skipped, .halt: continue
            case .statement(let expectation):
                let failure = engine.run(record.sql).failure
                if case .error = expectation {
                    if failure == nil { problems.append("\(record.place.text): no error") }
                } else if let failure {
                    problems.append("\(record.place.text): \(failure)")
                }
            case .query(let expectation):
                switch engine.run(record.sql) {
                case .failed(let message):
                    if !expectation.expectsError { problems.append("\(record.place.text): \(message)") }
                case .rows(let table) where !expectation.expectsError:
                    guard let range = expectation.resultLines else { continue }
                    if table.types.count != expectation.types.count {
                        problems.append("\(record.place.text): \(table.types.count) columns, not \(expectation.types.count)")
                    }
                    var rows = table.texts(dialect, letters: expectation.types).map { $0.joined(separator: " ") }
                    if expectation.sort != .none { rows.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
                    changes.append((range.lowerBound - 1..<range.upperBound - 1, rows))
                default: if expectation.expectsError { problems.append("\(record.place.text): no error") }
                }
            }
        }
        for (range, rows) in changes.reversed() where range.upperBound <= lines.count {
            lines.replaceSubrange(range, with: rows)
        }
        return (lines.joined(separator: "\n"), problems)
    }
}
