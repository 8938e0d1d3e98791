/// How far event time has come on one edge within one step: a function of the arrival ordinal that never falls.
///
/// A row with ordinal *o* is judged by the watermark made by the rows before it, so expiry and closing do not depend on
/// how the input was divided into steps.
package struct Progress: Sendable, Equatable {
    /// The watermark before the step, in microseconds; `Int64.min`: none yet.
    package var start: Int64
    /// Where it rises: after the row with `ordinals[i]`, the watermark is `values[i]`. Both strictly rise.
    package var ordinals: [Int64]
    package var values: [Int64]

    package init(start: Int64, ordinals: [Int64] = [], values: [Int64] = []) {
        self.start = start
        self.ordinals = ordinals
        self.values = values
    }

    /// No watermark at all.
    package static let none = Progress(start: .min)

    /// The watermark after the step.
    package var end: Int64 { values.last ?? start }
    package var hasRisen: Bool { !values.isEmpty }

    /// The least of both at every ordinal.
    package static func minimum(_ lhs: Progress, _ rhs: Progress) -> Progress {
        // Both sides of a source that is read twice.
        if lhs.start == rhs.start, lhs.ordinals == rhs.ordinals, lhs.values == rhs.values { return lhs }
        var result = Progress(start: min(lhs.start, rhs.start))
        var (left, right) = (lhs.start, rhs.start)
        var (i, j) = (0, 0)
        while i < lhs.ordinals.count || j < rhs.ordinals.count {
            let next = min(
                i < lhs.ordinals.count ? lhs.ordinals[i] : .max, j < rhs.ordinals.count ? rhs.ordinals[j] : .max)
            if i < lhs.ordinals.count, lhs.ordinals[i] == next {
                left = lhs.values[i]
                i += 1
            }
            if j < rhs.ordinals.count, rhs.ordinals[j] == next {
                right = rhs.values[j]
                j += 1
            }
            let value = min(left, right)
            if value > result.end {
                result.ordinals.append(next)
                result.values.append(value)
            }
        }
        return result
    }

    /// This progress for one who has come no further than `reached`: what is missing rises at `ordinal`.
    func caughtUp(from reached: Int64, at ordinal: Int64) -> Progress {
        if reached >= start { return self }
        var result = self
        result.start = reached
        if let first = ordinals.first, first <= ordinal { return result }
        result.ordinals.insert(ordinal, at: 0)
        result.values.insert(start, at: 0)
        return result
    }

    /// Rises `rise` and those behind it are not made, but for what lies before `time`.
    mutating func hold(at rise: Int, before time: Int64) {
        let (ordinal, value) = (ordinals[rise], min(values[rise], time.subtractingClamped(1)))
        ordinals.removeSubrange(rise...)
        values.removeSubrange(rise...)
        if value > end {
            ordinals.append(ordinal)
            values.append(value)
        }
    }
}
