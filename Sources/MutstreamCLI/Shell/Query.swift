import ArgumentParser
import MutstreamColumnar
import MutstreamConnectors
import MutstreamEngine
import MutstreamSQL

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a pipeline once: run its files to their end, then a SELECT over what it declares.",
        discussion: """
            Its sinks are left out; sources without an end are not waited for.

            EXAMPLES
              mutstream query pipeline.sql 'SELECT * FROM hourly ORDER BY total DESC LIMIT 10'
              mutstream query pipeline.sql 'SELECT * FROM hourly' --csv > hourly.csv
            """)

    @OptionGroup var input: PipelineFile
    @Argument(help: "The SELECT.") var query: String
    @Flag(help: "Print rows as JSON, one object a line; errors too.") var json = false
    @Flag(help: "Print rows as CSV with a header.") var csv = false

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv: expected one of them") }
    }

    func run() throws {
        let source = try input.read()
        let registry = try Outside.offline().registry
        do {
            let rows = try PipelineAnswer.rows(source, input.directory, query, registry) { Terminal.warning($0) }
            print(rows)
            for problem in rows.problems { Terminal.warning("rows failed: \(DisplayWidth.visible(problem))") }
            if !rows.problems.isEmpty { throw ExitCode(1) }
        } catch let failure as PipelineAnswer.Failure {
            Terminal.report(failure.error, failure.source, json: json)
            throw ExitCode(2)
        } catch let error as StartError {
            switch error {
            case .sql(let error):
                Terminal.report(error, source, json: json)
                throw ExitCode(2)
            case .connector(let error): Terminal.report(error)
            }
            throw ExitCode(1)
        } catch let error as ConnectorError {
            Terminal.report(error)
            throw ExitCode(1)
        }
    }

    private func print(_ rows: ResultRows) {
        let writer = ByteWriter(capacity: 1 << 16)
        if json {
            JSONRowWriter(schema: rows.fields).write(rows.batch, rows: 0..<rows.batch.count, to: writer)
        } else if csv {
            let format = CSVRowWriter(schema: rows.fields)
            format.writeHeader(to: writer)
            format.write(rows.batch, rows: 0..<rows.batch.count, to: writer)
        } else {
            let isTerminal = Terminal.outputIsTerminal
            let style = TablePrinter.Style(hasBorders: isTerminal, usesColors: isTerminal && Terminal.usesColors)
            writer.append(TablePrinter.text(rows, style))
            if isTerminal { writer.append(TablePrinter.footer(rows.batch.count)) }
        }
        // A reader that is gone has all it wants.
        _ = System.writeAll(1, writer.bytes)
    }
}
