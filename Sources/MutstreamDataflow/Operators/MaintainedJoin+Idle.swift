import MutstreamColumnar

/// Keys that no row has touched for as long as they may live.
extension MaintainedJoin {
    /// Which rows go when their key has lived its time.
    package struct Forgetting: Sendable {
        /// Microseconds of the clock.
        package var timeToLive: Int64
        /// Whether the rows of a side go; those of a table stay.
        package var left: Bool
        package var right: Bool
        /// What the rows have given is taken back; else it stays, which is for joins whose rows are never taken back.
        package var takesBack: Bool

        package init(timeToLive: Int64, left: Bool, right: Bool, takesBack: Bool) {
            self.timeToLive = timeToLive
            self.left = left
            self.right = right
            self.takesBack = takesBack
        }
    }

    /// Forgets keys; what has to be taken back for it is left in `pieces`.
    func forgetIdle(_ lhs: Batch, _ rhs: Batch, _ context: StepContext) {
        guard let forgetting else { return }
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                left.reportGroups(of: lhs, report)
                right.reportGroups(of: rhs, report)
            } ?? []
        if due.isEmpty { return }
        let ordinal = idle?.lastOrdinal ?? 0
        let leftRows = forgetting.left ? left.rows(of: due) : []
        let rightRows = forgetting.right ? right.rows(of: due) : []
        if forgetting.takesBack {
            let (lhs, rhs) = (
                left.retraction(of: leftRows, ordinal: ordinal), right.retraction(of: rightRows, ordinal: ordinal)
            )
            join([Delta(lhs), Delta(rhs)], touches: false)
        } else {
            left.forget(leftRows)
            right.forget(rightRows)
        }
        if forgetting.right, !storesRight { forgetMatches(due, ordinal) }
        keys.sweep()
    }

    /// Of the right side of a semi or anti join with keys alone there are but numbers.
    private func forgetMatches(_ groups: [Int32], _ ordinal: Int64) {
        for group in groups where keys.isGroup(group) {
            let count = keys.count(group, JoinKeys.leftMatches)
            guard count != 0 else { continue }
            if left.first(group) < 0 {
                keys.clear(group, JoinKeys.leftMatches)
            } else if keys.add(0 &- count, group, JoinKeys.leftMatches) {
                turn(left, group, ordinal, comes: false, isLeft: true)
                turn(left, group, ordinal, comes: true, isLeft: true)
            }
        }
        flush()
    }
}

extension JoinSide {
    /// Notes the groups of the step's rows.
    func noteTouches(_ idle: inout IdleKeys?) {
        if count == 0 { return }
        idle?.touch(UnsafeBufferPointer(start: groups, count: count), lastOrdinal: ordinals[count - 1])
    }
}
