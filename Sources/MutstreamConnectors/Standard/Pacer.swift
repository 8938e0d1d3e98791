import MutstreamEngine

/// The time that pacing goes by; tests turn it by hand.
protocol PaceClock: Sendable {
    /// Nanoseconds since some fixed moment, never falling.
    func now() -> Int64
    /// Returns at `deadline` or as soon as `stop` is given.
    func wait(until deadline: Int64, _ stop: StopSignal)
}

/// Real time.
struct MonotonicClock: PaceClock {
    func now() -> Int64 { SystemClock().monotonic() }

    func wait(until deadline: Int64, _ stop: StopSignal) {
        while true {
            let remaining = deadline - now()
            if remaining <= 0 { return }
            // At most a minute at once: the deadline is of the clock that never jumps, the pause of one that may.
            if stop.pause(microseconds: min((remaining + 999) / 1_000, 60_000_000)) { return }
        }
    }
}

/// Holds rows back until they are due.
///
/// Deadlines are counted from the first row, not from the row before: a slow spell is made up for, and errors do not
/// add up.
struct Pacer {
    enum Rule: Sendable {
        /// This many rows a second.
        case rate(Double)
        /// As fast as it happened, times this, by the event times.
        case speed(Double)
    }

    /// Rows that are due within this time leave together.
    static let tickNanoseconds: Int64 = 5_000_000
    /// About 30 years: what a deadline is cut to.
    private static let farthest = 1e18

    let rule: Rule
    private let clock: any PaceClock
    private let stop: StopSignal
    private var start: Int64?
    private var rowsSoFar = 0
    private var firstEventTime: Int64?
    private var latestEventTime: Int64 = .min

    init(_ rule: Rule, clock: any PaceClock, stop: StopSignal) {
        self.rule = rule
        self.clock = clock
        self.stop = stop
    }

    /// How many rows to read at once.
    var chunkRows: Int {
        switch rule {
        case .rate(let rowsPerSecond):
            Int(min(max(rowsPerSecond * Double(Pacer.tickNanoseconds) / 1e9, 1), Double(RowReader.chunkRowsMax)))
        case .speed: 1_024
        }
    }

    /// Waits until the next rows by number are due.
    mutating func waitForRows(_ rows: Int) {
        guard case .rate(let rowsPerSecond) = rule else { return }
        wait(nanoseconds: Double(rowsSoFar) / rowsPerSecond * 1e9)
        rowsSoFar += rows
    }

    /// The rows of `times`, from `first` on, that leave together; waits until the last of them is due.
    ///
    /// - Parameter times: microseconds; nil for a row without event time, which is due with the row before it.
    mutating func waitForRows(from first: Int, of times: (Int) -> Int64?, count: Int) -> Range<Int> {
        guard case .speed(let factor) = rule else { return first..<count }
        var earliest: Double?
        var latest = 0.0
        var row = first
        while row < count {
            if let time = times(row) {
                if firstEventTime == nil { firstEventTime = time }
                let due = elapsed(max(time, latestEventTime)) / factor
                if let earliest, due - earliest > Double(Pacer.tickNanoseconds) { break }
                latestEventTime = max(latestEventTime, time)
                if earliest == nil { earliest = due }
                latest = due
            }
            row += 1
        }
        wait(nanoseconds: latest)
        return first..<row
    }

    /// Nanoseconds of event time since the first row.
    private func elapsed(_ time: Int64) -> Double { (Double(time) - Double(firstEventTime ?? time)) * 1_000 }

    private mutating func wait(nanoseconds: Double) {
        let start = start ?? clock.now()
        self.start = start
        let deadline = start &+ Int64(min(max(nanoseconds, 0), Pacer.farthest))
        if deadline > clock.now() { clock.wait(until: deadline, stop) }
    }
}
