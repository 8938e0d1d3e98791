import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// The input of a step as the circuit takes it: rows by input, late ones and refused ones apart.
struct StepInputs {
    let definition: PipelineDefinition
    let compiled: CompiledPipeline
    /// Told of refused rows, the first few of a chunk.
    var onProblem: ((String) -> Void)?
    /// By source: what a table without a connector begins with; nil: what the pipeline says.
    var initialRows: [Int: Batch]?
    /// By source: how tables without a connector change in the next step.
    var tableChanges: [Int: Batch] = [:]

    /// - Parameter isFirst: tables without a connector are filled in the first step.
    mutating func deltas(_ input: AdmissionGate.Step, isFirst: Bool) -> [(input: Int, delta: Delta)] {
        var deltas = isFirst ? tableDeltas(initialRows ?? definition.initialTables.rows) : []
        if !isFirst, !tableChanges.isEmpty {
            deltas += tableDeltas(tableChanges)
            tableChanges = [:]
        }
        for (source, rows) in input.rows.sorted(by: { $0.key < $1.key }) {
            let places = compiled.sources[source]
            if let rowsInput = places.rows { deltas.append((rowsInput, Delta(rows.onTime, rows.progress))) }
            if let late = rows.late, let lateInput = places.late { deltas.append((lateInput, Delta(late, rows.progress))) }
        }
        deltas.append(contentsOf: deadLetters(input))
        noteRefused(input)
        return deltas
    }

    /// Tables without a connector are full before the first row of a source.
    private func tableDeltas(_ contents: [Int: Batch]) -> [(input: Int, delta: Delta)] {
        var deltas: [(input: Int, delta: Delta)] = []
        for source in definition.plan.sources.indices {
            guard let place = compiled.sources[source].rows, let rows = contents[source] else {
                continue
            }
            var batch = rows.with(columns: definition.plan.sources[source].projection.map { rows.columns[$0] })
            batch.ordinals = Ordinals([Int64](repeating: 0, count: batch.count))
            deltas.append((place, Delta(batch)))
        }
        return deltas
    }

    /// Why a row is refused whose time leaps ahead.
    static let aheadReason = "the row's time is further ahead of the clock than max_ahead allows"

    /// Why a row is told that has entered, before the failure itself.
    static let unmovedReason = "the row moves no watermark, which could not be computed: "

    /// A refused row as a row of `source.dead_letter`.
    private struct DeadLetter {
        var reason: String
        var raw: String
        var length: Int
        var ordinal: Int64
    }

    /// Refused rows as rows of `source.dead_letter`.
    private func deadLetters(_ input: AdmissionGate.Step) -> [(input: Int, delta: Delta)] {
        var byInput: [Int: [DeadLetter]] = [:]
        for (source, waiting, firstOrdinal) in input.finished where !waiting.chunk.rows.rejected.isEmpty {
            for row in waiting.chunk.rows.rejected.prefix(3) {
                onProblem?("source \"\(definition.plan.sources[source].name)\" refused a row: \(row.error.description)")
            }
            guard let place = compiled.sources[source].deadLetter else { continue }
            byInput[place, default: []] += waiting.chunk.rows.rejected.map { row in
                // Bytes that are not UTF-8 are shown as U+FFFD.
                DeadLetter(
                    reason: row.error.description, raw: String(decoding: row.raw, as: UTF8.self), length: row.length,
                    ordinal: firstOrdinal)
            }
        }
        for (source, rows) in input.rows {
            guard let place = compiled.sources[source].deadLetter else { continue }
            for (batch, reasons) in StepInputs.refused(rows) {
                byInput[place, default: []] += letters(source, batch, reasons)
            }
        }
        return byInput.sorted { $0.key < $1.key }.map { place, rows in
            let sorted = rows.enumerated().sorted { ($0.element.ordinal, $0.offset) < ($1.element.ordinal, $1.offset) }
            let (reason, raw) = (ColumnBuilder(DataType.text), ColumnBuilder(DataType.text))
            for (_, row) in sorted {
                reason.append(text: row.reason)
                raw.append(text: row.raw)
            }
            let batch = Batch(
                columns: [reason.finish(), raw.finish(), .int64(sorted.map { Int64($0.element.length) })],
                count: rows.count, ordinals: Ordinals(sorted.map(\.element.ordinal)))
            return (place, Delta(batch))
        }
    }

    /// What of a source's rows is told beside those that cannot be read, with the reason of each.
    private static func refused(_ rows: JudgedRows) -> [(Batch, [String])] {
        var result: [(Batch, [String])] = []
        if let ahead = rows.ahead { result.append((ahead, [String](repeating: aheadReason, count: ahead.count))) }
        if let unmoved = rows.unmoved { result.append((unmoved.rows, unmoved.reasons.map { unmovedReason + $0 })) }
        return result
    }

    /// Rows as they were read.
    private func letters(_ source: Int, _ batch: Batch, _ reasons: [String]) -> [DeadLetter] {
        let writer = JSONRowWriter(schema: definition.plan.sources[source].readFields)
        let scratch = ByteWriter()
        return (0..<batch.count).map { row in
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(batch, row: row, to: scratch)
            let raw = String(decoding: scratch.bytes.prefix(RejectedRow.rawBytesMax), as: UTF8.self)
            return DeadLetter(
                reason: reasons[row], raw: raw, length: scratch.bytes.count, ordinal: batch.ordinals[row])
        }
    }

    private func noteRefused(_ input: AdmissionGate.Step) {
        for (source, rows) in input.rows.sorted(by: { $0.key < $1.key }) {
            let name = definition.plan.sources[source].name
            if rows.ahead != nil { onProblem?("source \"\(name)\" refused a row: \(StepInputs.aheadReason)") }
            if let reason = rows.unmoved?.reasons.first {
                onProblem?("source \"\(name)\": \(StepInputs.unmovedReason)\(reason)")
            }
        }
    }
}
