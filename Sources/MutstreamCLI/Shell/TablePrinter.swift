import MutstreamColumnar
import MutstreamEngine

/// Rows as people and programs read them.
enum TablePrinter {
    struct Style {
        /// Lines drawn round the cells; otherwise columns stand apart by blanks.
        var hasBorders: Bool
        /// NULL is dim.
        var usesColors: Bool
        /// One line a value.
        var isExpanded = false
    }

    private static let widthMax = 120

    static func text(_ rows: ResultRows, _ style: Style) -> String { text(rows.fields, cells(rows), style) }

    /// Rows of texts; nil is NULL.
    static func text(_ fields: [Field], _ cells: [[String?]], _ style: Style) -> String {
        if style.isExpanded { return expanded(fields, cells, style) }
        let numeric = fields.map(\.type.isNumeric)
        let names = fields.map { cut(DisplayWidth.visible($0.name)) }
        let shown = cells.map { $0.map { $0.map { cut(DisplayWidth.visible($0)) } } }
        var widths = names.map(DisplayWidth.of)
        for row in shown {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], DisplayWidth.of(cell ?? "NULL")) }
        }
        func rule(_ left: String, _ middle: String, _ right: String) -> String {
            left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle) + right + "\n"
        }
        func line(_ cells: [String]) -> String {
            if style.hasBorders { return "│ " + cells.joined(separator: " │ ") + " │\n" }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }
        var text = style.hasBorders ? rule("┌", "┬", "┐") : ""
        text += line(names.enumerated().map { padded($1, widths[$0], right: numeric[$0]) })
        text +=
            style.hasBorders
            ? rule("├", "┼", "┤") : line(widths.map { String(repeating: "-", count: $0) })
        for row in shown {
            text += line(
                row.enumerated().map { column, cell in
                    let padded = padded(cell ?? "NULL", widths[column], right: numeric[column])
                    return cell == nil && style.usesColors ? "\u{1B}[2m\(padded)\u{1B}[0m" : padded
                })
        }
        if style.hasBorders { text += rule("└", "┴", "┘") }
        return text
    }

    private static func expanded(_ fields: [Field], _ rows: [[String?]], _ style: Style) -> String {
        let names = fields.map { DisplayWidth.visible($0.name) }
        let width = names.map(DisplayWidth.of).max() ?? 0
        var text = ""
        for (index, row) in rows.enumerated() {
            text += "-[ row \(index + 1) ]" + String(repeating: "-", count: max(0, width)) + "\n"
            for (name, cell) in zip(names, row) {
                let value = cell.map(DisplayWidth.visible) ?? (style.usesColors ? "\u{1B}[2mNULL\u{1B}[0m" : "NULL")
                text += padded(name, width, right: false) + " | " + value + "\n"
            }
        }
        return text
    }

    /// `(3 rows)`.
    static func footer(_ count: Int) -> String { "(\(Terminal.grouped(count)) row\(count == 1 ? "" : "s"))\n" }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > widthMax, DisplayWidth.of(text) > widthMax else { return text }
        var result = ""
        var width = 0
        for character in text {
            width += DisplayWidth.of(character)
            if width >= widthMax { break }
            result.append(character)
        }
        return result + "…"
    }

    private static func padded(_ text: String, _ width: Int, right: Bool) -> String {
        let blanks = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
        return right ? blanks + text : text + blanks
    }

    /// The values as a cast to TEXT writes them; nil is NULL.
    static func cells(_ rows: ResultRows) -> [[String?]] {
        let writer = ByteWriter(capacity: 256)
        return (0..<rows.batch.count).map { row in
            zip(rows.batch.columns, rows.fields).map { column, field in
                let value = column.value(at: row)
                if value.isNull { return nil }
                if field.type == .text, case .text(let text) = value { return text }
                writer.removeAll()
                TextCodec.append(value, field.type, to: writer)
                return writer.string
            }
        }
    }
}
