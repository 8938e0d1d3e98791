import MutstreamConnectors
import MutstreamEngine
import MutstreamSQL

/// What a shell stands on: statements and a catalog.
protocol ShellEngine: SQLSession {
    /// What is declared; all, or what has the name.
    func describe(_ name: String?) -> [ObjectDescription]
}

extension Session: ShellEngine {}

/// Pipelines asked by a SELECT: the only place where the commands meet the engine's way to run one to its end.
enum PipelineAnswer {
    /// An error with the text it is in.
    struct Failure: Error {
        var error: SQLError
        var source: SourceText
    }

    /// - Throws: ``Failure`` for wrong SQL, `ConnectorError` for what is wrong outside.
    static func rows(
        _ pipeline: SourceText, _ directory: String, _ query: String, _ registry: ConnectorRegistry,
        onProblem: @escaping (String) -> Void
    ) throws -> ResultRows {
        let prepared: PipelineQuery
        do throws(QueryError) {
            prepared = try PipelineQuery(
                pipeline.text, query: query, registry: registry, baseDirectory: directory, clock: SystemClock())
        } catch {
            throw Failure(
                error: error.error, source: error.isInQuery ? SourceText(name: "query", text: query) : pipeline)
        }
        return try prepared.run(onProblem: onProblem)
    }
}
