import MutstreamColumnar

/// SESSION under EMIT ON WINDOW CLOSE: the rows of a session leave together, once, when the watermark reaches its end.
///
/// Sessions are those of ``SessionWindows``. Rows and the rises of the watermark are taken in the order of their
/// ordinals, so that the division into steps does not show.
///
/// **Outputs**: 0, the input's columns, then the session's start and end, with the ordinal of the row that raised the
/// watermark; of sessions that close together the one with the earlier end comes first, then the one whose first row
/// came first; their rows in the order of arrival. 1, late rows: those whose own session would have closed already.
/// With `keepsOneRow` a session leaves as its first row alone, with the weight of all: for those to whom its rows are
/// alike, as they read nothing but the key and the window.
/// **State**: the rows of open sessions, or their first ones. Complexity: O(open sessions of the key) a row, O(log n) a
/// session.
package final class SessionClose: ClosingOperator {
    /// `| next: 4 | - : 4 | number of the arrival: 8 | weight: 8 |`
    private static let headerBytes = 24

    private struct Session {
        var start: Int64
        /// The time of the last row.
        var last: Int64
        var head: Int32
        var tail: Int32
        /// The number of the first arrival.
        var first: Int64
        /// Of all rows.
        var weight: Int64
        var group: Int32
        /// The next open session of the key.
        var next: Int32
        /// Whether its rows are not in the order of arrival: 0 or 1.
        var merged: Int64
        /// Whether a timer is its own; -1: it has gone.
        var serial: Int64
    }

    private let time: Int
    private let gap: Int64
    package let keepsOneRow: Bool
    private let keys: KeyEncoder
    /// Payload: `| first open session: 4 | - : 4 |`
    private let table = KeyTable(payloadBytes: 8)
    private let store: RowStore
    private let reader = BatchReader()
    private var sessions: [Session] = []
    private var free: [Int32] = []
    private var timers = TimerHeap()
    private var arrivals: Int64 = 0
    private var serials: Int64 = 0
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    private var vacated: [Int32] = []
    private var outRows: [Int32] = []
    private var outStarts: [Int64] = []
    private var outEnds: [Int64] = []
    private var outOrdinals: [Int64] = []
    private var late: [Int32] = []

    /// - Parameters:
    ///   - time: the column of the time; rows in which it is NULL vanish.
    ///   - partition: the key's columns; NULL is a value.
    ///   - gap: in microseconds, greater than 0.
    ///   - keepsOneRow: only where no row is ever retracted.
    package init(types: [DataType], time: Int, partition: [Int], gap: Int64, keepsOneRow: Bool = false) {
        self.time = time
        self.gap = gap
        self.keepsOneRow = keepsOneRow
        keys = KeyEncoder(columns: partition, nulls: .value)
        store = RowStore(types, headerBytes: SessionClose.headerBytes)
    }

    package var stateSize: StateSize {
        StateSize(
            rows: store.count,
            bytes: store.bytes + table.bytes + timers.bytes + sessions.capacity * MemoryLayout<Session>.stride)
    }

    package var openCount: Int { store.count }

    package func due(_ watermark: Int64, limit: Int) -> Int {
        timers.due(watermark, limit: limit) { timer in
            let session = sessions[Int(timer.subject)]
            let isDue = session.serial == timer.serial && session.last.addingClamped(gap) <= watermark
            return isDue ? size(session) : 0
        }
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        let none = Session(
            start: 0, last: 0, head: -1, tail: -1, first: 0, weight: 0, group: -1, next: -1, merged: 0, serial: -1)
        try coder.code(&sessions, default: none)
        try coder.code(&free, default: 0)
        guard free.allSatisfy({ sessions.indices.contains(Int($0)) }) else {
            throw coder.damage("the sessions that are open do not agree")
        }
        try timers.code(coder)
        try coder.code(&arrivals)
        try coder.code(&serials)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let batch = inputs[0].batch
        var progress = inputs[0].progress.caughtUp(from: outputs[0].progress.end, at: context.ordinal)
        var rise = 0
        var watermark = inputs[0].progress.start
        if !batch.isEmpty {
            bind(batch)
            for row in 0..<batch.count {
                let ordinal = batch.ordinals[row]
                while rise < progress.ordinals.count, progress.ordinals[rise] < ordinal {
                    watermark = progress.values[rise]
                    close(watermark, progress.ordinals[rise], max: .max)
                    rise += 1
                }
                if !reader[time].isNull(row) { add(row, batch.weight(row), watermark) }
            }
            reader.unbind()
        }
        while rise < progress.ordinals.count {
            if let open = close(progress.values[rise], progress.ordinals[rise], max: context.closesMax) {
                progress.hold(at: rise, before: open)
            }
            rise += 1
        }
        for port in outputs.indices { outputs[port].progress = progress }
        if !late.isEmpty {
            if outputs.count > 1 { outputs[1].batch = batch.gather(late) }
            late.removeAll(keepingCapacity: true)
        }
        emit(&outputs[0])
        sweep()
    }

    private func bind(_ batch: Batch) {
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let group = groups[Int(row)]
            table.payload(group).storeBytes(of: -1, as: Int64.self)
            vacated.append(group)
        }
    }

    // MARK: Open sessions

    private func add(_ row: Int, _ weight: Int64, _ watermark: Int64) {
        let time = reader[time].load(row, as: Int64.self)
        let end = time.addingClamped(gap)
        if watermark != .min, end <= watermark {
            late.append(Int32(truncatingIfNeeded: row))
            return
        }
        let group = groups[row]
        var (previous, target): (Int32, Int32) = (-1, -1)
        var at = table.payload(group).load(as: Int32.self)
        while at >= 0 {
            let session = sessions[Int(at)]
            let isNear =
                time >= session.start
                ? time <= session.last || !TimeLists.isApart(session.last, time, by: gap)
                : !TimeLists.isApart(time, session.start, by: gap)
            if !isNear {
                previous = at
            } else if target < 0 {
                target = at
                previous = at
            } else {
                merge(at, into: target)
                setNext(previous, session.next, group)
            }
            at = session.next
        }
        arrivals += 1
        guard target >= 0 else { return open(keep(row, weight), time, weight, end, group) }
        var session = sessions[Int(target)]
        session.start = min(session.start, time)
        session.last = max(session.last, time)
        session.weight &+= weight
        if !keepsOneRow {
            let id = keep(row, weight)
            store.writableHeader(session.tail).storeBytes(of: id, as: Int32.self)
            session.tail = id
        }
        sessions[Int(target)] = session
    }

    /// Copies the row that arrived last into the store.
    private func keep(_ row: Int, _ weight: Int64) -> Int32 {
        let id = store.append(reader, row)
        let header = store.writableHeader(id)
        header.storeBytes(of: -1, as: Int64.self)
        header.storeBytes(of: arrivals - 1, toByteOffset: 8, as: Int64.self)
        header.storeBytes(of: weight, toByteOffset: 16, as: Int64.self)
        return id
    }

    private func setNext(_ previous: Int32, _ next: Int32, _ group: Int32) {
        if previous >= 0 {
            sessions[Int(previous)].next = next
        } else {
            table.payload(group).storeBytes(of: next, as: Int32.self)
        }
    }

    private func open(_ row: Int32, _ time: Int64, _ weight: Int64, _ end: Int64, _ group: Int32) {
        let payload = table.payload(group)
        let session = Session(
            start: time, last: time, head: row, tail: row, first: arrivals - 1, weight: weight, group: group,
            next: payload.load(as: Int32.self), merged: 0, serial: serials)
        var number: Int32
        if let reused = free.popLast() {
            number = reused
            sessions[Int(number)] = session
        } else {
            number = Int32(truncatingIfNeeded: sessions.count)
            sessions.append(session)
        }
        payload.storeBytes(of: number, as: Int32.self)
        timers.push(TimerHeap.Timer(time: end, serial: serials, subject: number))
        serials += 1
    }

    /// Adds the rows of a session to another one; a row between them has come.
    private func merge(_ other: Int32, into target: Int32) {
        let gone = sessions[Int(other)]
        var session = sessions[Int(target)]
        if keepsOneRow {
            let isFirst = gone.first < session.first
            store.free(isFirst ? session.head : gone.head)
            if isFirst { (session.head, session.tail) = (gone.head, gone.tail) }
        } else {
            store.writableHeader(session.tail).storeBytes(of: gone.head, as: Int32.self)
            session.tail = gone.tail
            session.merged = 1
        }
        session.start = min(session.start, gone.start)
        session.last = max(session.last, gone.last)
        if gone.first < session.first {
            // Timers of one time are in the order of the first rows.
            (session.first, session.serial) = (gone.first, gone.serial)
            let end = session.last.addingClamped(gap)
            timers.push(TimerHeap.Timer(time: end, serial: session.serial, subject: target))
        }
        session.weight &+= gone.weight
        sessions[Int(target)] = session
        forget(other)
    }

    private func forget(_ session: Int32) {
        sessions[Int(session)].serial = -1
        free.append(session)
    }

    // MARK: Closing

    /// How much a session counts when it closes.
    private func size(_ session: Session) -> Int { keepsOneRow ? 1 : Int(clamping: max(session.weight, 1)) }

    /// Closes sessions until `max` rows leave. Returns the end of one that is due and still open.
    @discardableResult
    private func close(_ watermark: Int64, _ ordinal: Int64, max: Int) -> Int64? {
        while outRows.count < max, let timer = timers.pop(due: watermark) {
            let session = sessions[Int(timer.subject)]
            if session.serial != timer.serial { continue }
            // The session may have grown since the timer was set.
            let end = session.last.addingClamped(gap)
            if end > timer.time {
                timers.push(TimerHeap.Timer(time: end, serial: timer.serial, subject: timer.subject))
                continue
            }
            take(session, ordinal)
            unlink(timer.subject, session)
            forget(timer.subject)
        }
        guard let next = timers.first, next.time <= watermark else { return nil }
        return next.time
    }

    private func take(_ session: Session, _ ordinal: Int64) {
        if keepsOneRow {
            store.writableHeader(session.head).storeBytes(of: session.weight, toByteOffset: 16, as: Int64.self)
        }
        let begin = outRows.count
        var row = session.head
        while row >= 0 {
            outRows.append(row)
            row = store.header(row).load(as: Int32.self)
        }
        if session.merged != 0 { outRows[begin...].sort { arrival($0) < arrival($1) } }
        let count = outRows.count - begin
        outStarts.append(contentsOf: repeatElement(session.start, count: count))
        outEnds.append(contentsOf: repeatElement(session.last.addingClamped(gap), count: count))
        outOrdinals.append(contentsOf: repeatElement(ordinal, count: count))
    }

    private func arrival(_ row: Int32) -> Int64 { store.header(row).load(fromByteOffset: 8, as: Int64.self) }

    private func unlink(_ number: Int32, _ session: Session) {
        var previous: Int32 = -1
        var at = table.payload(session.group).load(as: Int32.self)
        while at != number {
            precondition(at >= 0, "an open session is in the list of its key")
            previous = at
            at = sessions[Int(at)].next
        }
        setNext(previous, session.next, session.group)
        vacated.append(session.group)
    }

    private func emit(_ output: inout Delta) {
        if outRows.isEmpty { return }
        let weights = outRows.map { store.header($0).load(fromByteOffset: 16, as: Int64.self) }
        output.batch = Batch(
            columns: store.columns(outRows) + [.int64(outStarts), .int64(outEnds)], count: outRows.count,
            weights: weights.allSatisfy { $0 == 1 } ? nil : weights, ordinals: Ordinals(outOrdinals))
        for row in outRows { store.free(row) }
        outRows.removeAll(keepingCapacity: true)
        outStarts.removeAll(keepingCapacity: true)
        outEnds.removeAll(keepingCapacity: true)
        outOrdinals.removeAll(keepingCapacity: true)
    }

    /// Takes out keys without a session; a key may be noted more than once.
    private func sweep() {
        for group in vacated {
            let payload = table.payload(group)
            guard payload.load(as: Int32.self) == -1 else { continue }
            table.remove(group)
            payload.storeBytes(of: -2, as: Int32.self)
        }
        vacated.removeAll(keepingCapacity: true)
    }
}
