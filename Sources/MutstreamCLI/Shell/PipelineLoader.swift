import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

/// A pipeline's tables and materialized views in a session, as they are when its files have been read.
enum PipelineLoader {
    /// Whether a file has sources, sinks or models, which a session alone has not.
    static func isPipeline(_ text: String) -> Bool {
        guard let statements = try? Parser.parse(text) else { return false }
        return statements.contains { statement in
            switch statement.kind {
            case .createSource, .createSink, .createModel: true
            case .createTable(let table): table.options.contains { $0.name.name == "connector" }
            default: false
            }
        }
    }

    /// - Throws: the end of the program, after a message.
    static func load(_ source: SourceText, _ directory: String, into session: Session) throws {
        let registry = try Outside.offline().registry
        do {
            let definition = try PipelineDefinition(source.text, registry: registry, baseDirectory: directory)
            var names: [(name: String, fields: [Field])] = []
            for table in definition.plan.sources where table.isTable { names.append((table.name, table.fields)) }
            for view in definition.plan.views where view.materialized { names.append((view.name, view.fields)) }
            for (name, _) in names {
                let parts = name.split(separator: "\"", omittingEmptySubsequences: false)
                let quoted = "\"" + parts.joined(separator: "\"\"") + "\""
                let rows = try PipelineAnswer.rows(source, directory, "SELECT * FROM \(quoted)", registry) {
                    Terminal.warning($0)
                }
                try session.adopt(name, rows.fields, rows.batch)
            }
        } catch let failure as PipelineAnswer.Failure {
            Terminal.report(failure.error, failure.source, json: false)
            throw ExitCode(2)
        } catch let error as SQLError {
            Terminal.report(error, source, json: false)
            throw ExitCode(2)
        } catch let error as ConnectorError {
            Terminal.report(error)
            throw ExitCode(1)
        }
    }
}
