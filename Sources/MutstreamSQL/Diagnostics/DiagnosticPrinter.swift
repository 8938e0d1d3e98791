/// Shows an error at its place in the text, for people or as JSON.
///
/// ```
/// error: unknown column "amout" in view "orders"
///   --> pipeline.sql:7:14
///    |
///  7 | SELECT sum(amout) FROM orders
///    |            ^^^^^ did you mean "amount"?
/// ```
package struct DiagnosticPrinter: Sendable {
    package enum Severity: String, Sendable { case error, warning }

    /// The most columns of a line that are shown; a longer one is cut round the place.
    static let columnsMax = 200

    private let source: SourceText
    private let usesColors: Bool

    /// - Parameter usesColors: whether the text is for a terminal that knows ANSI colours.
    package init(_ source: SourceText, usesColors: Bool = false) {
        self.source = source
        self.usesColors = usesColors
    }

    /// The diagnostic as lines of text, each ended by a line break.
    package func text(_ error: SQLError, severity: Severity = .error) -> String {
        let position = source.position(of: error.range.start)
        let excerpt = excerpt(of: error.range, line: position.line)
        let number = String(position.line)
        let gutter = String(repeating: " ", count: number.count + 2)
        let mark = severity == .error ? Color.red : Color.yellow
        var marked = String(repeating: " ", count: excerpt.indent) + paint(mark, excerpt.carets)
        if let hint = error.hint { marked += " " + paint(mark, visible(hint)) }
        return [
            paint(mark, severity.rawValue) + paint(.bold, ": " + visible(error.message)),
            "\(gutter.dropLast())\(paint(.blue, "-->")) \(source.name):\(position.line):\(position.column)",
            gutter + paint(.blue, "|"),
            " " + paint(.blue, "\(number) |") + (excerpt.line.isEmpty ? "" : " " + excerpt.line),
            gutter + paint(.blue, "|") + " " + marked,
        ].map { $0 + "\n" }.joined()
    }

    /// The diagnostic as one JSON object on one line, without a line break.
    package func json(_ error: SQLError, severity: Severity = .error) -> String {
        let position = source.position(of: error.range.start)
        let fields = [
            "\"severity\":\(quoted(severity.rawValue))",
            "\"file\":\(quoted(source.name))",
            "\"line\":\(position.line)",
            "\"column\":\(position.column)",
            "\"message\":\(quoted(error.message))",
            "\"hint\":\(error.hint.map(quoted) ?? "null")",
        ]
        return "{" + fields.joined(separator: ",") + "}"
    }

    // MARK: The line and the carets

    private struct Excerpt {
        var line: String
        /// Blank columns in front of the carets.
        var indent: Int
        var carets: String
    }

    private func excerpt(of range: SourceRange, line: Int) -> Excerpt {
        let bounds = source.rangeOfLine(line)
        let start = min(max(range.start, bounds.lowerBound), bounds.upperBound)
        let end = min(max(range.end, start), bounds.upperBound)
        let before = cells(bounds.lowerBound..<start, from: 0)
        let beforeWidth = before.reduce(0) { $0 + $1.width }
        let marked = cells(start..<end, from: beforeWidth)
        let markedWidth = marked.reduce(0) { $0 + $1.width }
        let after = cells(end..<bounds.upperBound, from: beforeWidth + markedWidth)
        let afterWidth = after.reduce(0) { $0 + $1.width }

        guard beforeWidth + markedWidth + afterWidth > DiagnosticPrinter.columnsMax else {
            return Excerpt(
                line: text(before + marked + after), indent: beforeWidth, carets: carets(markedWidth))
        }
        let side = DiagnosticPrinter.columnsMax / 2 - 20
        let shownBefore = suffix(before, width: side)
        let shownAfter = prefix(marked + after, width: DiagnosticPrinter.columnsMax - 40 - shownBefore.width)
        let lead = shownBefore.isCut ? "…" : ""
        let tail = shownAfter.isCut ? "…" : ""
        return Excerpt(
            line: lead + text(shownBefore.cells) + text(shownAfter.cells) + tail,
            indent: lead.count + shownBefore.width,
            carets: carets(min(markedWidth, shownAfter.width)))
    }

    private func carets(_ width: Int) -> String {
        String(repeating: "^", count: max(1, width))
    }

    /// A scalar as shown, and the columns it takes in a terminal.
    private struct Cell {
        var text: String
        var width: Int
    }

    /// - Parameter column: where the first cell stands, which tabs need to know.
    private func cells(_ range: Range<Int>, from column: Int) -> [Cell] {
        var cells: [Cell] = []
        var column = column
        for scalar in String(decoding: source.bytes[range], as: UTF8.self).unicodeScalars {
            let cell: Cell
            switch scalar.value {
            case 0x09:
                let width = 4 - column % 4
                cell = Cell(text: String(repeating: " ", count: width), width: width)
            case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
                // Controls, also those that turn the direction of text, must not reach a terminal.
                cell = Cell(text: "\u{FFFD}", width: 1)
            default:
                cell = Cell(text: String(scalar), width: columns(of: scalar))
            }
            column += cell.width
            cells.append(cell)
        }
        return cells
    }

    private func columns(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    private func text(_ cells: [Cell]) -> String {
        cells.map(\.text).joined()
    }

    private func prefix(_ cells: [Cell], width: Int) -> (cells: [Cell], width: Int, isCut: Bool) {
        var sum = 0
        for (index, cell) in cells.enumerated() {
            guard sum + cell.width <= width else { return (Array(cells[..<index]), sum, true) }
            sum += cell.width
        }
        return (cells, sum, false)
    }

    private func suffix(_ cells: [Cell], width: Int) -> (cells: [Cell], width: Int, isCut: Bool) {
        let (shown, sum, isCut) = prefix(cells.reversed(), width: width)
        return (shown.reversed(), sum, isCut)
    }

    // MARK: Escapes

    private enum Color: String {
        case red = "1;31"
        case yellow = "1;33"
        case blue = "1;34"
        case bold = "1"
    }

    private func paint(_ color: Color, _ text: String) -> String {
        usesColors ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// A message on one line, whatever names it quotes.
    private func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) else {
            return text
        }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 0x09, 0x0A, 0x0D: " "
                    case 0..<0x20, 0x7F..<0xA0: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                result += "\\u00" + Lexer.hexadecimal(UInt8(truncatingIfNeeded: scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
