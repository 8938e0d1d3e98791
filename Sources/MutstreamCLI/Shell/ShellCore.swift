import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

/// What a shell does with statements and commands, without a terminal: texts in, texts out.
final class ShellCore {
    enum Stream { case output, error }

    let engine: any ShellEngine
    private let write: (Stream, String) -> Void
    private let readFile: (String) -> SourceText?
    /// Nanoseconds of a clock that only runs forward.
    private let now: () -> Int64
    private var style: TablePrinter.Style
    private let usesErrorColors: Bool
    private var isTiming = false
    private var depth = 0
    private(set) var hasFailed = false
    /// `\q` was given.
    private(set) var isDone = false

    init(
        engine: any ShellEngine, style: TablePrinter.Style, usesErrorColors: Bool, now: @escaping () -> Int64,
        readFile: @escaping (String) -> SourceText?, write: @escaping (Stream, String) -> Void
    ) {
        self.engine = engine
        self.style = style
        self.usesErrorColors = usesErrorColors
        self.now = now
        self.readFile = readFile
        self.write = write
    }

    // MARK: Statements

    /// Runs one statement and prints its rows or its tag.
    ///
    /// - Parameters:
    ///   - source: the text it stands in; nil: it stands for itself.
    ///   - offset: where it begins there, in bytes.
    func execute(_ sql: String, in source: SourceText? = nil, at offset: Int = 0) {
        let began = now()
        do throws(SQLError) {
            switch try engine.execute(sql) {
            case .done(let tag): if !tag.isEmpty { write(.output, tag + "\n") }
            case .changed(let tag, let count): write(.output, "\(tag) \(count)\n")
            case .rows(let rows):
                write(.output, TablePrinter.text(rows, style))
                if style.hasBorders || style.isExpanded { write(.output, TablePrinter.footer(rows.batch.count)) }
                for problem in rows.problems {
                    write(.error, "warning: rows failed: \(DisplayWidth.visible(problem))\n")
                    hasFailed = true
                }
            }
            for notice in engine.notices { write(.error, "note: \(DisplayWidth.visible(notice))\n") }
            for problem in engine.problems {
                write(.error, "warning: rows failed in \(DisplayWidth.visible(problem))\n")
            }
        } catch {
            hasFailed = true
            var error = error
            error.range = SourceRange(error.range.start + offset, error.range.end + offset)
            let text = source ?? SourceText(name: "statement", text: sql)
            write(.error, DiagnosticPrinter(text, usesColors: usesErrorColors).text(error, severity: .error))
        }
        if isTiming { write(.output, "Time: \(Terminal.fixed(Double(now() - began) / 1e6, 3)) ms\n") }
    }

    /// All statements of a file, one after the other; an error does not stop those behind it.
    func run(file path: String) {
        guard depth < 16 else { return complain("files that read each other, sixteen deep: \(path)") }
        guard let source = readFile(path) else {
            hasFailed = true
            return
        }
        depth += 1
        defer { depth -= 1 }
        run(source)
    }

    func run(_ source: SourceText) {
        var reader = StatementReader()
        // By scalars: a carriage return and a line feed are one character.
        let lines = source.text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        for line in lines where !isDone {
            // The reader's offsets count from here on, also across commands.
            if reader.isEmpty, ShellCore.isCommand(line) {
                command(line)
                _ = reader.feed(String(repeating: " ", count: line.utf8.count))
                continue
            }
            for statement in reader.feed(line) {
                execute(statement.text, in: source, at: statement.offset)
            }
        }
        if let last = reader.finish() { execute(last.text, in: source, at: last.offset) }
    }

    private func complain(_ message: String) {
        hasFailed = true
        write(.error, "error: \(message)\n")
    }

    // MARK: Commands

    static func isCommand(_ line: String) -> Bool {
        let line = line.drop { $0 == " " }
        return line.hasPrefix("\\") || line.hasPrefix(".read ") || line.hasPrefix(".quit") || line.hasPrefix(".help")
    }

    static let help = """
        Statements end with ; and may go over several lines.

          \\d             all tables and views          \\d NAME       columns of one
          \\dt            tables                        \\dv          views and materialized views
          \\ds            sources and sinks             \\i FILE      run the statements of a file, also .read
          \\x             one line a value, on and off  \\timing      how long statements take, on and off
          \\?             this help                     \\q           leave, also Ctrl-D

          EXPLAIN SELECT …    how a query is computed

        Keys: Tab completes, arrows and Ctrl-P/N go through the history, Ctrl-R searches it, Ctrl-A/E/K/U/W/Y edit,
        Ctrl-C drops the line.

        """

    func command(_ line: String) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" || $0 == "\r" }).map(String.init)
        guard let name = words.first else { return }
        let argument = words.count > 1 ? words[1] : nil
        switch name {
        case "\\q", "\\quit", ".quit": isDone = true
        case "\\?", "\\h", "\\help", ".help": write(.output, ShellCore.help)
        case "\\timing":
            isTiming.toggle()
            write(.output, "Timing is \(isTiming ? "on" : "off").\n")
        case "\\x":
            style.isExpanded.toggle()
            write(.output, "Expanded display is \(style.isExpanded ? "on" : "off").\n")
        case "\\i", ".read":
            if let argument { run(file: argument) } else { complain("\(name) wants a file: \(name) FILE") }
        case "\\d":
            if let argument { describe(argument) } else { list { _ in true } }
        case "\\dt": list { $0 == "table" }
        case "\\dv": list { $0 == "view" || $0 == "materialized view" }
        case "\\ds": list { $0 == "source" || $0 == "sink" }
        default:
            complain("unknown command \(DisplayWidth.visible(name)); \\? lists all")
        }
    }

    private func list(_ isWanted: (String) -> Bool) {
        let objects = engine.describe(nil).filter { isWanted($0.kind) }
        if objects.isEmpty { return write(.output, "There is none yet.\n") }
        print(
            ["name", "kind", "columns", "detail"],
            objects.map { object in
                let columns = object.fields.map(\.name).joined(separator: ", ")
                return [object.name, object.kind, columns, object.detail.isEmpty ? nil : object.detail]
            })
    }

    private func describe(_ name: String) {
        let bare =
            name.hasPrefix("\"") && name.hasSuffix("\"") && name.count > 1 ? String(name.dropFirst().dropLast()) : name
        let objects = engine.describe(bare)
        if objects.isEmpty {
            let known = engine.describe(nil).map(\.name)
            let hint = suggestion(for: bare, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            return complain("there is no \"\(DisplayWidth.visible(bare))\"\(hint)")
        }
        for object in objects {
            let detail = object.detail.isEmpty ? "" : ", \(object.detail)"
            write(.output, "\(object.kind) \(DisplayWidth.visible(object.name))\(DisplayWidth.visible(detail))\n")
            print(["column", "type"], object.fields.map { [$0.name, $0.type.name] })
        }
    }

    private func print(_ names: [String], _ rows: [[String?]]) {
        var plain = style
        plain.isExpanded = false
        write(.output, TablePrinter.text(names.map { Field($0, .text) }, rows, plain))
    }
}
