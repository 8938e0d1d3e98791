import MutstreamColumnar

/// Computed rows against those a file expects.
package struct Comparison {
    package var dialect: Dialect
    package var expectation: QueryExpectation
    /// Rows may come in any order: they were read from a view, or the query asks for no order.
    package var anyOrder: Bool

    package init(dialect: Dialect, expectation: QueryExpectation, anyOrder: Bool) {
        self.dialect = dialect
        self.expectation = expectation
        self.anyOrder = anyOrder
    }

    /// What differs, on a line or two; nil: nothing.
    package func difference(_ table: ResultTable) -> String? {
        if let problem = table.problems.first { return "rows failed: \(problem)" }
        let texts = table.texts(dialect, letters: expectation.types)
        switch expectation.result {
        case .any: return nil
        case .error: return "it gives \(table.rows.count) rows, an error was expected"
        case .hash(let count, let digest): return hashDifference(texts, count, digest)
        case .lines(let lines): return lineDifference(lines, texts, table)
        }
    }

    // MARK: Hashes

    private func hashDifference(_ texts: [[String]], _ count: Int, _ digest: String) -> String? {
        let found = texts.reduce(0) { $0 + $1.count }
        if found != count { return "\(found) values, expected \(count)" }
        var values: [String]
        switch expectation.sort {
        case .none: values = texts.flatMap(\.self)
        case .rows: values = texts.sorted { precedes($0, $1) }.flatMap(\.self)
        case .values: values = texts.flatMap(\.self).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        if Comparison.digest(values) == digest { return nil }
        if anyOrder, expectation.sort == .none {
            values = texts.sorted { precedes($0, $1) }.flatMap(\.self)
            if Comparison.digest(values) == digest { return nil }
        }
        return "\(count) values hashing to \(Comparison.digest(values)), expected \(digest)"
    }

    private func precedes(_ left: [String], _ right: [String]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return left.count < right.count
    }

    package static func digest(_ values: [String]) -> String {
        var digest = MD5()
        for value in values {
            digest.update(value.utf8)
            digest.update(CollectionOfOne(0x0A))
        }
        return digest.finish()
    }

    // MARK: Lines

    private struct Row {
        var cells: [String]
        var types: [DataType?]
        var key: [String]

        init(_ cells: [String], _ types: [DataType?]) {
            self.cells = cells
            self.types = types
            key = cells.map(ValueMatch.sortKey)
        }
    }

    private func lineDifference(_ lines: [String], _ texts: [[String]], _ table: ResultTable) -> String? {
        var (expected, actual) = rows(lines, texts, table)
        let isSorted = expectation.sort != .none || anyOrder
        if expected.count != actual.count {
            let shown = actual.prefix(3).map { $0.cells.joined(separator: " | ") }.joined(separator: " / ")
            return "\(actual.count) rows, expected \(expected.count)" + (shown.isEmpty ? "" : ": found \(cut(shown))")
        }
        if isSorted { sort(&expected, &actual) }
        guard let place = expected.indices.first(where: { !matches(expected[$0], actual[$0]) }) else { return nil }
        if !isSorted {
            var (sortedExpected, sortedActual) = (expected, actual)
            sort(&sortedExpected, &sortedActual)
            if zip(sortedExpected, sortedActual).allSatisfy({ matches($0, $1) }) { return "the same rows in another order" }
        } else if expected.count <= 400, matching(expected, actual) {
            return nil
        }
        let (one, other) = (expected[place].cells, actual[place].cells)
        return "row \(place + 1): \(cut(other.joined(separator: " | "))), expected \(cut(one.joined(separator: " | ")))"
    }

    private func cut(_ text: String) -> String { text.count > 160 ? text.prefix(160) + "…" : text }

    private func sort(_ expected: inout [Row], _ actual: inout [Row]) {
        expected.sort { precedes($0.key, $1.key) }
        actual.sort { precedes($0.key, $1.key) }
    }

    /// Each expected row has an actual one of its own, where near numbers or patterns made the orders differ.
    private func matching(_ expected: [Row], _ actual: [Row]) -> Bool {
        var isTaken = [Bool](repeating: false, count: actual.count)
        for row in expected {
            guard let found = actual.indices.first(where: { !isTaken[$0] && matches(row, actual[$0]) }) else { return false }
            isTaken[found] = true
        }
        return true
    }

    private func matches(_ expected: Row, _ actual: Row) -> Bool {
        if expected.cells.count != actual.cells.count {
            // A pattern may stand for several words.
            let (one, other) = (expected.cells.joined(separator: " "), actual.cells.joined(separator: " "))
            return one == other || (one.contains("<slt:ignore>") && ValueMatch.equal(one, other, type: nil))
        }
        for column in expected.cells.indices {
            let type = column < actual.types.count ? actual.types[column] : nil
            if !ValueMatch.equal(expected.cells[column], actual.cells[column], type: type) { return false }
        }
        return true
    }

    /// Both sides cut into cells of one layout.
    private func rows(_ lines: [String], _ texts: [[String]], _ table: ResultTable) -> ([Row], [Row]) {
        let columns = table.types.count
        if expectation.sort == .values {
            let values = texts.flatMap { row in zip(row, table.types).map { Row([$0], [$1]) } }
            return (lines.flatMap { cells($0, columns) }.map { Row([$0], []) }, values)
        }
        if dialect.hasRowsOfWords {
            // A line is a row, its values between blanks, which values may also have inside.
            let actual = texts.map { row in
                let words = row.flatMap(ScriptReader.words)
                return Row(words, words.count == columns ? table.types : [])
            }
            return (lines.map { Row(ScriptReader.words($0), []) }, actual)
        }
        let actual = texts.map { Row($0, table.types) }
        let isByValue = columns > 1 && lines.count == texts.count * columns && !lines.contains { $0.contains("\t") }
        if columns > 1, isByValue || dialect == .sqlite {
            let starts = stride(from: 0, to: lines.count, by: columns)
            return (starts.map { Row(Array(lines[$0..<min($0 + columns, lines.count)]), []) }, actual)
        }
        return (lines.map { Row(cells($0, columns), []) }, actual)
    }

    private func cells(_ line: String, _ columns: Int) -> [String] {
        if dialect.hasRowsOfWords { return ScriptReader.words(line) }
        if columns == 1 { return [line] }
        return line.split(separator: "\t", omittingEmptySubsequences: false).map { $0.isEmpty ? "(empty)" : String($0) }
    }
}
