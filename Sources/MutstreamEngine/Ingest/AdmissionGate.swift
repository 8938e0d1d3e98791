import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Decides what enters the next step and gives every row its ordinal.
///
/// Tables come first, until their initial content is complete. Then bounded streams are merged by event time (ties in
/// the order of declaration), so that two runs over the same files are equal; rows of unbounded ones enter as they come.
struct AdmissionGate {
    /// Rows a step takes at most, unless one posted chunk alone is larger.
    static let stepRowsMax = 8_192

    let feeds: [Feed]
    /// Writes down what enters; nil: no one will ask.
    var recorder: StepRecorder?
    /// Finds the watermarks whose consequences are spread over steps; nil: none are.
    var leaps: Leaps?
    /// In the step at hand a watermark may leap.
    private var isWatching = false
    /// The next step takes no rows: a watermark leaps without one.
    private var awaitsLeap = false
    private var takesRows = true
    private var nextOrdinal: Int64 = 1
    private var clock: Int64 = 0
    /// By source: of the chunks that wait, how many rows the log has of them that have not entered.
    private var loggedLeft: [Int: [Int]] = [:]

    /// By source: the group of those whose rows it meets (``PipelinePlan/sourceGroups``).
    private let groups: [Int]

    init(_ feeds: [Feed], groups: [Int]) {
        self.feeds = feeds
        self.groups = groups
    }

    private func group(_ feed: Feed) -> Int { groups.indices.contains(feed.index) ? groups[feed.index] : -1 }

    /// The input of one step.
    struct Step {
        /// By source: its admitted rows, judged.
        var rows: [Int: JudgedRows] = [:]
        /// Chunks that are now wholly in the pipeline, with the ordinal of their first row.
        var finished: [(source: Int, waiting: Feed.Waiting, firstOrdinal: Int64)] = []
        /// Chunks of which rows have entered, or are about to, and others wait.
        var begun: [(source: Int, waiting: Feed.Waiting)] = []
        var rowCount = 0
        /// Nothing more enters: a watermark leaps.
        var isCut = false
        /// How much an operator closes; nil: all that ends.
        var closesMax: Int?
        /// Of what earlier steps have left to be closed.
        var ordinal: Int64 = 0
        var isEmpty: Bool { rows.isEmpty && finished.isEmpty }
    }

    /// All that may enter now; empty: wait.
    /// - Parameter clock: that of the step.
    mutating func next(clock: Int64) -> Step {
        var step = begin(clock)
        let tables = feeds.filter { $0.awaitsContent || ($0.definition.isTable && $0.isBounded && !$0.hasClosed) }
        if !tables.isEmpty {
            admitTables(tables, &step)
            // A table that had nothing at its beginning says so without a row.
            let goesOn = step.isEmpty && tables.allSatisfy { !$0.isBounded && !$0.awaitsContent }
            if !goesOn { return step }
        }
        if takesRows {
            admitLeaping(&step)
            admitUnbounded(feeds, &step)
            admitBounded(&step)
        }
        for feed in feeds { put(feed.takeAdmitted(), feed, &step) }
        closeEnded(&step)
        passIdle(&step)
        noteBegun(&step)
        return step
    }

    /// A step without rows that goes on closing what a leap has passed.
    mutating func closing(clock: Int64) -> Step {
        var step = begin(clock)
        limit(&step)
        for feed in feeds { feed.note(hasRows: false, clock: clock) }
        noteBegun(&step)
        return step
    }

    private mutating func begin(_ clock: Int64) -> Step {
        self.clock = clock
        isWatching = leaps?.begin() ?? false
        (takesRows, awaitsLeap) = (!awaitsLeap, false)
        var step = Step()
        // A row that leaps has its ordinal, though it has not entered.
        step.ordinal = feeds.contains { $0.waiting.first?.isLeaping == true } ? nextOrdinal : nextOrdinal - 1
        return step
    }

    private func noteBegun(_ step: inout Step) {
        for feed in feeds {
            guard let waiting = feed.waiting.first, waiting.hasBegun, waiting.chunk.completion != nil else { continue }
            step.begun.append((feed.index, waiting))
        }
    }

    /// Answers alone, and the ends of sources of which nothing is left: rows wait.
    mutating func nextAnswers(clock: Int64) -> Step {
        var step = begin(clock)
        admitUnbounded(feeds.filter(\.definition.isLookup), &step)
        for feed in feeds where feed.inlet.hasEnded && feed.inlet.queuedRows == 0 { feed.refill() }
        closeEnded(&step)
        noteBegun(&step)
        return step
    }

    /// All sources but those that answer questions have come to their end.
    var othersAreDone: Bool { feeds.allSatisfy { $0.definition.isLookup || hasNothingLeft($0) } }
    var isDone: Bool { feeds.allSatisfy { hasNothingLeft($0) } }
    /// All sources with an end have come to it.
    var boundedAreDone: Bool { feeds.allSatisfy { !$0.isBounded || hasNothingLeft($0) } }

    private func hasNothingLeft(_ feed: Feed) -> Bool {
        (feed.isDone && feed.hasClosed) || tableIsCutOff || (feed.isBounded && mergeIsCutOff)
    }

    /// A table was stopped amid its content: no stream may go on without the rest, which the next start brings.
    private var tableIsCutOff: Bool { feeds.contains { $0.definition.isTable && $0.isCutOff } }
    /// A stream with an end was stopped before it: where the rows of the others stand in the order is unknown.
    private var mergeIsCutOff: Bool { feeds.contains { !$0.definition.isTable && $0.isCutOff } }

    // MARK: Parts

    private mutating func admitTables(_ tables: [Feed], _ step: inout Step) {
        for feed in tables {
            feed.refill()
            admitChunks(feed, &step)
            if feed.isBounded, feed.isDone, !feed.wasStopped, step.rows[feed.index] == nil { close(feed, &step) }
        }
    }

    /// Whole chunks in the order in which they came: one posted request is one chunk.
    private mutating func admitUnbounded(_ feeds: [Feed], _ step: inout Step) {
        for feed in feeds where !feed.isBounded && !step.isCut {
            feed.refill()
            admitChunks(feed, &step)
        }
    }

    private mutating func admitChunks(_ feed: Feed, _ step: inout Step) {
        while step.rowCount < AdmissionGate.stepRowsMax, !step.isCut, let waiting = feed.waiting.first {
            let rest = waiting.batch.count - waiting.cursor
            let count = calm(rest, feed, &step)
            if count > 0 || rest == 0 { admit(count, feed, &step) }
        }
        put(feed.takeAdmitted(), feed, &step)
    }

    /// The next rows of the first waiting chunk enter.
    @discardableResult
    private mutating func admit(_ count: Int, _ feed: Feed, _ step: inout Step) -> Bool {
        guard count > 0 || feed.waiting.first?.batch.isEmpty == true else { return false }
        let first = nextOrdinal
        let finished = feed.admit(count, firstOrdinal: first, recorder)
        step.rowCount += count
        nextOrdinal += Int64(count)
        if let finished { step.finished.append((feed.index, finished, first)) }
        return finished != nil
    }

    private mutating func admitBounded(_ step: inout Step) {
        if mergeIsCutOff || step.isCut { return }
        let bounded = feeds.filter { $0.isBounded && !$0.definition.isTable && !$0.hasClosed }
        let before = step.rowCount
        var room = AdmissionGate.stepRowsMax - before
        merging: while room > 0 {
            var least: Feed?
            var second = Int64.max
            var secondIndex = Int.max
            for feed in bounded {
                feed.refill()
                // Without the next row of every source that goes on, its place in the order is unknown.
                if feed.waiting.isEmpty {
                    if feed.hasEnded, !feed.wasStopped { continue }
                    break merging
                }
                let time = feed.nextTime
                if let known = least, known.nextTime <= time {
                    if time < second { (second, secondIndex) = (time, feed.index) }
                } else {
                    if let known = least { (second, secondIndex) = (known.nextTime, known.index) }
                    least = feed
                }
            }
            guard let feed = least else { break }
            // A chunk that need not be merged with others enters whole, so that its columns need not be copied.
            if step.rowCount > before, bounded.count == 1, let rows = feed.untouchedRows, rows > room { break }
            let run = feed.run(upTo: second, isStrict: secondIndex < feed.index, limit: room)
            let count = calm(run, feed, &step)
            if step.isCut, count == 0 { break }
            if !admit(count, feed, &step), count == 0 { break }
            room -= count
            if step.isCut { break }
        }
        for feed in bounded { put(feed.takeAdmitted(), feed, &step) }
    }

    /// Raises the watermark of ended sources to the end of time, once their last row is in an earlier step.
    private mutating func closeEnded(_ step: inout Step) {
        for feed in feeds where feed.isDone && !feed.hasClosed && step.rows[feed.index] == nil && !step.isCut {
            // A source that was stopped has not come to its end: its windows stay open.
            if !feed.isBounded || feed.wasStopped {
                feed.hasClosed = true
            } else if !isLeap(feed, to: .max, &step) {
                close(feed, &step)
            } else if !awaitsLeap {
                close(feed, &step)
                limit(&step)
            }
        }
    }

    private mutating func close(_ feed: Feed, _ step: inout Step) {
        let progress = feed.closing(ordinal: nextOrdinal, recorder)
        nextOrdinal += 1
        let none = Batch.empty(feed.definition.projection.map { feed.definition.columns[$0].type })
        step.rows[feed.index] = JudgedRows(onTime: none, progress: progress)
    }

    private func put(_ batches: [Batch], _ feed: Feed, _ step: inout Step) {
        let filled = batches.filter { !$0.isEmpty }
        if filled.isEmpty { return }
        step.rows[feed.index] = feed.judge(Batch.concatenate(filled), clock: clock)
    }

    /// The clock at which a source becomes idle if nothing comes; nil: none will.
    var idlesAt: Int64? { feeds.compactMap(\.idlesAt).min() }

    /// The sources that others wait for: of each group of several with watermarks, the one whose is the least and that is
    /// not idle. One that never sent a row is behind all others.
    var holdingBack: Set<Int> {
        var least: [Int: Feed] = [:]
        var members: [Int: Int] = [:]
        for feed in feeds where feed.hasWatermark && !feed.definition.isTable {
            members[group(feed), default: 0] += 1
            guard !feed.isIdle, feed.watermark < .max else { continue }
            if let known = least[group(feed)], known.watermark <= feed.watermark { continue }
            least[group(feed)] = feed
        }
        return Set(least.filter { members[$0.key, default: 0] > 1 }.values.map(\.index))
    }

    /// Idle sources follow the least watermark of the others that they meet; when they bring rows again, these are judged by it.
    private mutating func passIdle(_ step: inout Step) {
        for feed in feeds { feed.note(hasRows: step.rows[feed.index] != nil, clock: clock) }
        if step.isCut { return }
        for feed in feeds where step.rows[feed.index] == nil && !step.isCut {
            if isWatching, !step.isEmpty, feed.hasSilentPartitions(clock: clock) { awaitsLeap = true }
            if awaitsLeap { return }
            guard let mark = feed.watermarkWithoutSilentPartitions(clock: clock) else { continue }
            let isLeap = isLeap(feed, to: mark, &step)
            follow(mark, feed, &step)
            if isLeap { limit(&step) }
        }
        for idle in feeds where idle.isIdle && idle.hasWatermark && !idle.hasClosed {
            let active = feeds.filter {
                $0.hasWatermark && !$0.isIdle && !$0.definition.isTable && group($0) == group(idle)
            }
            guard let least = active.map(\.watermark).min(), least > .min, least < .max, idle.watermark < least else {
                continue
            }
            let isLeap = isLeap(idle, to: least, &step)
            if awaitsLeap || step.isCut { return }
            follow(least, idle, &step)
            if isLeap { limit(&step) }
        }
    }

    private mutating func follow(_ watermark: Int64, _ feed: Feed, _ step: inout Step) {
        let none = Batch.empty(feed.definition.projection.map { feed.definition.columns[$0].type })
        step.rows[feed.index] = JudgedRows(
            onTime: none, progress: feed.follow(watermark, ordinal: nextOrdinal, clock: clock, recorder))
        nextOrdinal += 1
    }

    // MARK: Leaps

    /// How many of a feed's next rows enter: those before one by which its watermark leaps. Where that is the first of a
    /// step, it raises the watermark alone.
    private mutating func calm(_ count: Int, _ feed: Feed, _ step: inout Step) -> Int {
        guard count > 0, isWatching else { return count }
        if let limit = feed.outlookLimit(), leaps?.allows(feed.index, limit, upTo: limit) ?? true { return count }
        guard let outlook = feed.outlook(clock: clock), let last = outlook.marks.last else {
            return count
        }
        let first = feed.waiting[0].cursor - outlook.first
        func isCalm(_ row: Int, upTo end: Int64) -> Bool { leaps?.allows(feed.index, outlook.marks[row], upTo: end) ?? true }
        if isCalm(first + count - 1, upTo: last) { return count }
        var (low, high) = (first, first + count - 1)
        while low < high {
            let middle = (low + high) / 2
            if isCalm(middle, upTo: outlook.marks[middle]) { low = middle + 1 } else { high = middle }
        }
        step.isCut = true
        if low > first || !step.isEmpty || step.rowCount > 0 { return low - first }
        // A row whose watermark lies behind its own time leads the rest of the way as it enters.
        guard let lead = feed.lead(to: outlook.marks[low]) else { return 1 }
        raise(feed, to: lead, &step)
        return 0
    }

    /// The row that has raised the watermark enters before any other.
    private mutating func admitLeaping(_ step: inout Step) {
        guard let feed = feeds.first(where: { $0.waiting.first?.isLeaping == true }) else { return }
        // What was posted together stays together.
        let rest = feed.isBounded ? 1 : feed.waiting[0].batch.count - feed.waiting[0].cursor
        admit(calm(rest, feed, &step), feed, &step)
    }

    /// Whether a watermark that rises without a row leaps. A step that has rows goes first.
    private mutating func isLeap(_ feed: Feed, to mark: Int64, _ step: inout Step) -> Bool {
        guard isWatching, feed.hasWatermark, leaps?.allows(feed.index, mark, upTo: mark) == false else { return false }
        if !step.isEmpty { awaitsLeap = true }
        return true
    }

    private mutating func raise(_ feed: Feed, to mark: Int64, _ step: inout Step) {
        let none = Batch.empty(feed.definition.projection.map { feed.definition.columns[$0].type })
        step.rows[feed.index] = JudgedRows(
            onTime: none, progress: feed.raise(to: mark, ordinal: nextOrdinal, recorder))
        limit(&step)
    }

    private func limit(_ step: inout Step) {
        guard let leaps else { return }
        (step.isCut, step.closesMax) = (true, leaps.closesMax)
        recorder?.limit(leaps.closesMax)
    }

    // MARK: Replay

    /// The step that a record of the log tells of.
    ///
    /// - Parameters:
    ///   - sources: by number in the plan.
    ///   - isOwn: the log is of this pipeline. Another one may read other columns, and so refuse other rows of the same bytes.
    mutating func replay(
        _ record: StepRecord, _ sources: [Int: any SourceConnector], isOwn: Bool
    ) throws(ConnectorError) -> Step {
        var step = begin(record.clock)
        for entry in record.entries {
            switch entry {
            case .chunk(let source, let logged):
                let (feed, connector) = try known(source, sources)
                feed.restore(try logged.restore(from: connector, name: feed.definition.name, isExact: isOwn))
                if !isOwn { loggedLeft[source, default: []].append(logged.count) }
            case .rows(let source, let count, let firstOrdinal) where !isOwn:
                let (feed, _) = try known(source, sources)
                nextOrdinal = max(nextOrdinal, firstOrdinal)
                if let rows = share(count, of: feed) { admit(rows, feed, &step) }
            case .rows(let source, let count, let firstOrdinal):
                let (feed, _) = try known(source, sources)
                guard let first = feed.waiting.first, count <= first.batch.count - first.cursor else {
                    throw ConnectorError("the log lets more rows of \"\(feed.definition.name)\" in than it has")
                }
                nextOrdinal = firstOrdinal
                admit(count, feed, &step)
            case .close(let source, let ordinal):
                let (feed, _) = try known(source, sources)
                put(feed.takeAdmitted(), feed, &step)
                nextOrdinal = ordinal
                close(feed, &step)
            case .follow(let source, let ordinal, let watermark):
                let (feed, _) = try known(source, sources)
                nextOrdinal = ordinal
                follow(watermark, feed, &step)
            case .raise(let source, let ordinal, _) where !isOwn:
                let (feed, _) = try known(source, sources)
                nextOrdinal = max(nextOrdinal, ordinal)
                // As far as this pipeline sees the row raise it.
                if let mark = feed.nextMark(clock: clock), let lead = feed.lead(to: mark) {
                    raise(feed, to: lead, &step)
                } else {
                    feed.beginLeaping(ordinal: nextOrdinal, nil)
                }
            case .raise(let source, let ordinal, let watermark):
                let (feed, _) = try known(source, sources)
                nextOrdinal = ordinal
                raise(feed, to: watermark, &step)
            case .limit(let closesMax): step.closesMax = closesMax
            }
        }
        for feed in feeds { put(feed.takeAdmitted(), feed, &step) }
        for feed in feeds { feed.note(hasRows: step.rows[feed.index] != nil, clock: clock) }
        return step
    }

    /// How many rows of the first waiting chunk enter where `count` of those that the log had of it did: what is left over,
    /// or missing, is so at its end. Nil: it goes on waiting.
    private mutating func share(_ count: Int, of feed: Feed) -> Int? {
        guard let first = feed.waiting.first else { return nil }
        let rows = first.batch.count - first.cursor
        guard var left = loggedLeft[feed.index]?.first else { return min(count, rows) }
        left -= count
        if left > 0 {
            loggedLeft[feed.index]?[0] = left
            return rows > 1 ? min(count, rows - 1) : nil
        }
        loggedLeft[feed.index]?.removeFirst()
        return rows
    }

    private func known(
        _ source: Int, _ sources: [Int: any SourceConnector]
    ) throws(ConnectorError) -> (Feed, any SourceConnector) {
        guard let feed = feeds.first(where: { $0.index == source }), let connector = sources[source] else {
            throw ConnectorError("the log has rows of source number \(source), which the pipeline has not")
        }
        return (feed, connector)
    }

    /// Ordinals go on behind those of another gate.
    mutating func goOn(after other: AdmissionGate) { nextOrdinal = other.nextOrdinal }

    mutating func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&nextOrdinal)
        try coder.expect(feeds.count, "sources")
        for feed in feeds {
            try coder.expect(feed.index, "source")
            try feed.code(coder)
        }
    }
}
