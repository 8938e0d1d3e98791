import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL
import MutstreamStorage

/// The steps of a data directory once more, with all that flowed, each run by the pipeline that wrote it: nothing is
/// written, nothing is asked of the outside but files that sources read again.
package final class PipelineHistory {
    /// Rows of one step at one place.
    package struct Layer: Sendable {
        /// The sink's name, or the operator as `explain` names it.
        package var label: String
        package var fields: [Field]
        /// With their weights: +1 it came to be, -1 it was taken back.
        package var rows: Batch
        /// Columns that hold what is SENSITIVE.
        package var sensitive: Set<Int> = []
        /// Whose other rows the rows were put together with.
        package var group: RowGroup?

        package init(label: String, fields: [Field], rows: Batch) {
            self.label = label
            self.fields = fields
            self.rows = rows
        }
    }

    let directory: DataDirectory
    private let eras: HistoryEras
    private let reader: LogReader
    /// Where among the eras it is; nil: another pipeline runs all steps.
    private(set) var era: Int?
    private(set) var stepper: Stepper
    /// The step behind which it began.
    package let start: Int64

    /// - Parameters:
    ///   - text: another pipeline over the same sources, of which all steps are run; nil: those that wrote them.
    ///   - first: the step to begin with, or an earlier one; nil: the oldest that can be had.
    package init(
        dataDirectory path: String, text: String? = nil, from first: Int64? = nil, registry: ConnectorRegistry,
        files: any FileSystem = SystemFiles()
    ) throws(StartError) {
        let (directory, eras): (DataDirectory, HistoryEras)
        do throws(ConnectorError) {
            directory = try stored { () throws(StorageError) in try DataDirectory(reading: files, path) }
            eras = try HistoryEras(directory, registry)
        } catch { throw .connector(error) }
        (self.directory, self.eras) = (directory, eras)
        if let text {
            let definition: PipelineDefinition
            do throws(SQLError) {
                definition = try PipelineDefinition(text, registry: registry, baseDirectory: eras.origin)
                stepper = try Stepper(definition, inlets: Pipeline(definition).inlets)
            } catch { throw .sql(error) }
            do throws(ConnectorError) {
                stepper.history = try SourceHistory(directory, for: definition) { _ in true }
                (era, start) = (nil, 0)
                guard try eras.oldestStep() == 1 else {
                    throw try eras.beginningIsGone("SET log_retention keeps more of it; another pipeline needs all steps")
                }
                reader = try stored { () throws(StorageError) in
                    try LogReader(files, folder: directory.logFolder, from: 1)
                }
            } catch { throw .connector(error) }
            return
        }
        do throws(ConnectorError) {
            let begun = try eras.begin(from: first)
            (era, stepper, start) = (begun.era, begun.stepper, begun.stepper.step)
            let from = start + 1
            reader = try stored { () throws(StorageError) in
                try LogReader(files, folder: directory.logFolder, from: from)
            }
        } catch { throw .connector(error) }
    }

    /// The pipeline of the last step.
    package var plan: PipelinePlan { stepper.definition.plan }
    /// The sinks of all pipelines there were.
    package var sinkNames: [String] { era == nil ? plan.sinks.map(\.name) : eras.sinkNames }
    /// The last step that was run.
    package var step: Int64 { stepper.step }
    /// Its clock, in microseconds since 1970.
    package var clock: Int64 { stepper.clock }

    /// Runs the next step; false: there are no more.
    package func next() throws(ConnectorError) -> Bool {
        guard let frame = try stored({ () throws(StorageError) in try reader.next() }) else { return false }
        while let era, let following = eras.first(after: era), following <= frame.number {
            stepper = try eras.enter(era + 1, after: stepper)
            self.era = era + 1
        }
        _ = try stepper.run(try stepper.record(frame))
        return true
    }

    /// What left in the last step, by sink.
    package var outputs: [Layer] {
        zip(plan.sinks, stepper.compiled.sinks).compactMap { sink, place in
            let rows = stepper.compiled.circuit.delta(place.edge).batch
            return rows.isEmpty ? nil : Layer(label: sink.name, fields: sink.fields, rows: rows)
        }
    }
}
