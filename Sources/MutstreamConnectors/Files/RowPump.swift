import MutstreamColumnar
import MutstreamEngine

/// Moves rows from a reader to an inlet, at once or in time with a pacer.
struct RowPump {
    var reader: RowReader
    let inlet: Inlet
    let stop: StopSignal
    var pacer: Pacer?
    /// Position of the event time among the columns, for a pacer that goes by it.
    var eventTimeColumn: Int?
    /// Rows at the beginning that were handed over before, refused ones counted.
    var skipped = 0

    /// Until the input ends, or the source or the pipeline stops, which is false.
    @discardableResult
    mutating func run() throws(ConnectorError) -> Bool {
        while !stop.isStopped {
            guard var chunk = try reader.next(rowsMax: pacer?.chunkRows ?? RowReader.chunkRowsMax) else {
                return !stop.isStopped
            }
            if skipped > 0 {
                let slots = chunk.rows.slotCount
                if let rest = chunk.dropping(slots: skipped) { chunk = rest } else { skipped -= slots; continue }
                skipped = 0
            }
            // A read that was stopped ends in half a row.
            if stop.isStopped { return false }
            let goesOn =
                switch pacer?.rule {
                case nil: inlet.submit(chunk)
                case .rate: submitInTime(chunk)
                case .speed: submitByEventTime(chunk)
                }
            if !goesOn { return false }
        }
        return false
    }

    private mutating func submitInTime(_ chunk: Chunk) -> Bool {
        pacer?.waitForRows(chunk.rows.slotCount)
        return !stop.isStopped && inlet.submit(chunk)
    }

    private mutating func submitByEventTime(_ chunk: Chunk) -> Bool {
        // Some chunks cannot be gone on with in their middle.
        guard let eventTimeColumn, chunk.rows.count > 0, chunk.begin != nil || chunk.next == nil else {
            return inlet.submit(chunk)
        }
        let column = chunk.rows.columns[eventTimeColumn]
        guard case .int64(let times) = column.values else { return inlet.submit(chunk) }
        var first = 0
        while first < chunk.rows.count {
            guard
                let due = pacer?.waitForRows(
                    from: first, of: { column.isValid($0) ? times[$0] : nil }, count: chunk.rows.count),
                !stop.isStopped, inlet.submit(chunk.slice(due))
            else { return false }
            first = due.upperBound
        }
        return true
    }
}
