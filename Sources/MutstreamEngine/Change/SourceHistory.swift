import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage

/// What the sources were when the steps of a log were written, by the pipelines that wrote them, as seen from one that reads
/// them now: sources go by their names, columns as well.
struct SourceHistory {
    private struct Era {
        var first: Int64
        var types: [[DataType.Physical]]
        /// By number then: the number now; nil: it is no longer there, or another one.
        var places: [Int?]
        /// By number then: for each column that is read now, its place then; nil: as it is.
        var columns: [[Int?]?]
    }

    private var eras: [Era] = []

    /// - Parameter isKept: whether a source is still what the log has rows of.
    init(
        _ directory: DataDirectory, for definition: PipelineDefinition, isKept: (String) -> Bool
    ) throws(ConnectorError) {
        let texts = try stored { () throws(StorageError) in try directory.eras() }
        for era in texts {
            let old: PipelinePlan
            do throws(SQLError) { old = try Compiler.optimized(era.text) } catch {
                throw ConnectorError("the pipeline of step \(era.first) in \"\(directory.path)\": \(error.message)")
            }
            eras.append(SourceHistory.era(era.first, old, definition.plan, isKept))
        }
    }

    private static func era(_ first: Int64, _ old: PipelinePlan, _ new: PipelinePlan, _ isKept: (String) -> Bool) -> Era {
        var era = Era(first: first, types: [], places: [], columns: [])
        for source in old.sources {
            let names = source.projection.map { source.columns[$0].name }
            era.types.append(source.projection.map { source.columns[$0].type.physical })
            // One of that name that read something else is not it.
            let place = new.sources.firstIndex { now in
                now.name == source.name && isKept(now.name) && SourceClass.place(now) == SourceClass.place(source)
            }
            era.places.append(place)
            guard let place else {
                era.columns.append(nil)
                continue
            }
            let wanted = new.sources[place].projection.map { new.sources[place].columns[$0].name }
            era.columns.append(wanted == names ? nil : wanted.map { names.firstIndex(of: $0) })
        }
        return era
    }

    /// The record of a step, in the numbers of the pipeline that reads it.
    func record(_ frame: Frame, _ now: [SourceDefinition]) throws(StateDamage) -> StepRecord? {
        guard let era = eras.last(where: { $0.first <= frame.number }) else { return nil }
        var record = try StepRecord(frame.payload, types: era.types)
        var entries: [StepRecord.Entry] = []
        for entry in record.entries {
            switch entry {
            case .chunk(let source, var chunk):
                guard let place = era.places[source] else { continue }
                if let columns = era.columns[source] { try chunk.pick(columns, of: now[place]) }
                entries.append(.chunk(source: place, chunk))
            case .rows(let source, let count, let first):
                if let place = era.places[source] {
                    entries.append(.rows(source: place, count: count, firstOrdinal: first))
                }
            case .close(let source, let ordinal):
                if let place = era.places[source] { entries.append(.close(source: place, ordinal: ordinal)) }
            case .follow(let source, let ordinal, let watermark):
                if let place = era.places[source] {
                    entries.append(.follow(source: place, ordinal: ordinal, watermark: watermark))
                }
            case .raise(let source, let ordinal, let watermark):
                if let place = era.places[source] {
                    entries.append(.raise(source: place, ordinal: ordinal, watermark: watermark))
                }
            case .limit: entries.append(entry)
            }
        }
        record.entries = entries
        return record
    }
}

extension LoggedChunk {
    /// Rows that the log has as such, with the columns that are read now; those that were not read are NULL.
    fileprivate mutating func pick(_ columns: [Int?], of source: SourceDefinition) throws(StateDamage) {
        guard case .rows(var rows) = content else { return }
        let types = source.projection.map { source.columns[$0] }
        var picked: [Column] = []
        for (place, column) in zip(columns, types) {
            if let place, rows.columns.indices.contains(place) {
                picked.append(rows.columns[place])
            } else if column.notNull {
                throw StateDamage("the log has no column \(column.name) of \(source.name)")
            } else {
                let builder = ColumnBuilder(column.type)
                for _ in 0..<rows.count { builder.appendNull() }
                picked.append(builder.finish())
            }
        }
        rows.columns = picked
        content = .rows(rows)
    }
}
