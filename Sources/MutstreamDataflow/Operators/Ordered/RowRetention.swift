import MutstreamColumnar

/// What a partition keeps whose rows come by event time, are never taken back and are looked at by frames that end at a
/// known distance: rows that no row still to come can reach are forgotten.
///
/// ```
/// time ->      x x x | x x x x x x | x x x x | x x x     W: the watermark, behind which no row comes any more
///          forgotten |   length    |  ahead  W           rows before W - ahead are final, those behind can be revised
/// ```
package struct RowRetention: Sendable, Hashable {
    /// A TIMESTAMP, the only column of ORDER BY, ascending with NULL last.
    package var column: Int
    /// Microseconds that a frame looks back, at most.
    package var length: Int64
    /// Rows that a frame or `lag` looks back, at most.
    package var rows: Int
    /// Microseconds that a frame looks ahead, at most.
    package var lengthAhead: Int64
    /// Rows that a frame or `lead` looks ahead, at most.
    package var rowsAhead: Int
    /// Whether the frame of the last final row is kept whole: the next row's count goes on from it.
    package var keepsLastFrame: Bool

    package init(
        column: Int, length: Int64, rows: Int, lengthAhead: Int64 = 0, rowsAhead: Int = 0, keepsLastFrame: Bool
    ) {
        self.column = column
        self.length = length
        self.rows = rows
        self.lengthAhead = lengthAhead
        self.rowsAhead = rowsAhead
        self.keepsLastFrame = keepsLastFrame
    }

    /// What these calls need; nil where they may look at any row.
    package init?(_ calls: [WindowCall], order: [SortItem], types: [DataType]) {
        guard order.count == 1, !order[0].descending, !order[0].nullsFirst, types.indices.contains(order[0].column),
            types[order[0].column] == .timestamp || types[order[0].column] == .timestamptz,
            let reach = WindowReach(calls)
        else { return nil }
        self.init(
            column: order[0].column, length: 0, rows: 0, lengthAhead: reach.length, rowsAhead: Int(clamping: reach.rows),
            keepsLastFrame: calls.contains { $0.function == .count && $0.isDistinct })
        for call in calls {
            if call.function == .lag || call.function == .lead {
                guard !call.ignoreNulls, let offset = WindowReach.offset(call) else { return nil }
                rows = max(rows, Int(clamping: call.function == .lag ? offset : 0 - offset))
                continue
            }
            guard call.function.usesFrame, call.frame.unit != .groups else { return nil }
            switch (call.frame.unit, call.frame.start) {
            case (_, .currentRow), (_, .following): break
            case (.rows, .preceding(.int64(let count))): rows = max(rows, Int(clamping: count))
            case (.range, .preceding(.interval(let span))):
                guard let microseconds = span.exactMicroseconds, microseconds >= 0 else { return nil }
                length = max(length, microseconds)
            default: return nil
            }
        }
        // And that row itself.
        if keepsLastFrame, rows > 0 { rows += rows < .max ? 1 : 0 }
    }

    /// How much later than its own time a row can be forgotten.
    fileprivate var lifetime: Int64 { length.addingClamped(lengthAhead).addingClamped(1) }
}

extension OrderedPartitions {
    /// The key of all rows of a time, without their tie-break.
    private func key(of time: Int64) -> SortKey {
        timeKey.storeBytes(of: 1, as: UInt8.self)
        let end = SortKeyEncoder.store(time, false, timeKey + 1)
        return SortKey(base: UnsafeRawPointer(timeKey), length: end - timeKey, orderLength: end - timeKey)
    }

    /// The first row of a partition whose results may still change.
    func firstOpen(_ tree: OrderedIndex.Tree) -> Int {
        guard let retention, finalBefore > .min else { return 0 }
        let first = index.position(key(of: finalBefore.subtractingClamped(retention.lengthAhead)), in: tree)
        if retention.rowsAhead == 0 || first == 0 { return first }
        return min(first, max(index.position(key(of: finalBefore), in: tree) - retention.rowsAhead, 0))
    }

    /// Sees to it that a partition with a new row is looked at when that may go.
    @inline(__always)
    func watch(_ payload: UnsafeMutableRawPointer, _ group: Int32, _ row: Int) {
        guard let retention, payload.load(fromByteOffset: 12, as: Int32.self) == 0, !reader[retention.column].isNull(row)
        else { return }
        payload.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)
        let time = reader[retention.column].load(row, as: Int64.self).addingClamped(retention.lifetime)
        timers.push(TimerHeap.Timer(time: time, serial: 0, subject: group))
    }

    /// Forgets rows, between two steps.
    /// - Parameter release: is given each row before it goes.
    func trim(_ watermark: Int64, _ release: (Int32) -> Void) {
        guard let retention, watermark > finalBefore else { return }
        finalBefore = watermark
        while let timer = timers.pop(due: watermark) {
            let group = timer.subject
            table.payload(group).storeBytes(of: 0, toByteOffset: 12, as: Int32.self)
            var tree = tree(group)
            let open = firstOpen(tree)
            var least = watermark.subtractingClamped(retention.length)
            if open < tree.count, !store.isNull(index.payload(index.cursor(at: open, in: tree)), retention.column) {
                least = min(least, time(at: open, tree, retention).subtractingClamped(retention.length))
            }
            if retention.keepsLastFrame, open > 0 {
                let time = time(at: open - 1, tree, retention)
                if time >= least { least = time.subtractingClamped(retention.length) }
            }
            var count = min(index.position(key(of: least), in: tree), open - retention.rows)
            while count > 0 {
                let id = index.remove(at: 0, from: &tree).payload
                release(id)
                free(id)
                count -= 1
            }
            table.payload(group).storeBytes(of: tree, as: OrderedIndex.Tree.self)
            if tree.count == 0 {
                table.remove(group)
            } else if tree.count - retention.rowsAhead > retention.rows {
                again(group, tree, watermark, retention)
            }
        }
    }

    private func time(at position: Int, _ tree: OrderedIndex.Tree, _ retention: RowRetention) -> Int64 {
        store.load(index.payload(index.cursor(at: position, in: tree)), retention.column, as: Int64.self)
    }

    /// Looks at a partition again when its first row may go, and not too often.
    private func again(_ group: Int32, _ tree: OrderedIndex.Tree, _ watermark: Int64, _ retention: RowRetention) {
        let first = index.payload(index.cursor(at: 0, in: tree))
        guard !store.isNull(first, retention.column) else { return }
        let due = store.load(first, retention.column, as: Int64.self).addingClamped(retention.lifetime)
        let soonest = watermark.addingClamped(max(retention.length / 8, 1_000_000))
        // At the end of time no later watermark comes: what is left stays.
        guard max(due, soonest) > watermark else { return }
        table.payload(group).storeBytes(of: 1, toByteOffset: 12, as: Int32.self)
        timers.push(TimerHeap.Timer(time: max(due, soonest), serial: 0, subject: group))
    }
}
