import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// One source as admission sees it: what waits, and how far its event time has come.
///
/// Late is decided here, row by row, against the watermark made by the rows before it.
final class Feed {
    let index: Int
    let definition: SourceDefinition
    let inlet: Inlet
    let isBounded: Bool
    /// It is a table without an end, and what it had at its beginning is not all in the pipeline.
    var awaitsContent: Bool { isFilling || (isFilled && !waiting.isEmpty) }
    /// Its first content has not all been taken from the inlet.
    private var isFilling: Bool
    /// It has been taken just now, and may still wait.
    private var isFilled = false
    let rule: WatermarkRule?
    /// Taken from the inlet, not yet admitted.
    var waiting: [Waiting] = []
    private(set) var hasEnded = false
    private(set) var failure: ConnectorError?
    /// How far event time has come, in microseconds; `Int64.min`: no row has said.
    private(set) var watermark = Int64.min
    let timing: SourceTiming
    /// Nil: the source is one.
    private(set) var partitions: (all: Partitions, column: Int)?
    /// The clock of the last step that took rows; nil: none yet.
    private var lastActive: Int64?
    /// It has brought nothing for as long as its `idle_timeout`: it holds no other source back.
    private(set) var isIdle = false
    private var lastTime = Int64.min
    private var admitted: [Batch] = []
    /// Of the rows before the cursor that are in no batch yet, as runs: ordinals count up within a run.
    private var runs: [(first: Int64, count: Int)] = []
    var counters = SourceCounters()
    /// The watermark of an ended source has been raised to the end of time.
    var hasClosed = false
    /// It was asked to stop before it had come to its end.
    private(set) var wasStopped = false

    struct Waiting {
        var chunk: Chunk
        var batch: Batch
        /// Event times of the rows, each NULL as the one before; nil where the source has none.
        var times: [Int64]?
        var cursor = 0
        /// The event time of the last row before it.
        var timeBefore: Int64
        /// It is in the log.
        var isLogged = false
        /// The source is behind it: rows of it have entered, or its first one has raised the watermark.
        var hasBegun = false
        /// The next row has raised the watermark and has yet to enter.
        var isLeaping = false
        /// Of its first row, once it has begun.
        var firstOrdinal: Int64 = 0
        /// By row, from the one that was the next when it was computed: the watermark that it makes.
        var outlook: (first: Int, marks: [Int64])?
        /// Once it is known whether it is known.
        var outlookLimit: Int64??
    }

    /// Where the source goes on behind the last chunk of which a row was admitted; nil: it cannot, or none was.
    private(set) var position: SourcePosition?
    /// The event time of the last row of that chunk.
    private var admittedTime = Int64.min
    /// Of a checkpoint, until it is a chunk again: its chunk, how many of its rows were admitted, the time before it.
    private var partial: (LoggedChunk, cursor: Int, timeBefore: Int64, isLeaping: Bool)?

    /// - Parameter hasInitialContent: see ``SourceConnector/hasInitialContent``.
    init(
        index: Int, definition: SourceDefinition, inlet: Inlet, isBounded: Bool, hasInitialContent: Bool = false,
        timing: SourceTiming = SourceTiming()
    ) {
        self.timing = timing
        isFilling = definition.isTable && hasInitialContent
        self.index = index
        self.definition = definition
        self.inlet = inlet
        self.isBounded = isBounded
        rule = WatermarkRule(definition)
        if rule != nil, let declared = definition.partitionColumn,
            let column = definition.projection.firstIndex(of: declared)
        {
            let rule = Partitions.Rule(idleTimeout: timing.idleTimeout, expected: timing.partitions)
            let type = definition.columns[declared].type
            partitions = (Partitions(column: column, type: type, rule: rule), column)
        }
    }

    var hasWatermark: Bool { rule != nil }
    /// Position of the event time among the projected columns.
    var timeColumn: Int? { rule?.timeColumn }
    /// Nothing is left and nothing will come.
    var isDone: Bool { hasEnded && waiting.isEmpty }
    /// It has an end and was stopped before it: the rest comes at the next start.
    var isCutOff: Bool { isBounded && wasStopped && isDone }

    /// The pipeline stops: what was submitted so far is still taken.
    func noteStop() { wasStopped = !hasEnded && !inlet.hasEnded }

    /// Takes what waits in the inlet, once all taken before has been admitted.
    func refill() {
        guard waiting.isEmpty, !hasEnded else { return }
        isFilled = false
        let taken = inlet.take()
        if isFilling, taken.hasInitialContent { (isFilling, isFilled) = (false, true) }
        hasEnded = taken.ended
        failure = failure ?? taken.failure
        for chunk in taken.chunks { receive(chunk) }
    }

    /// A chunk joins those that wait.
    private func receive(_ chunk: Chunk, isLogged: Bool = false) {
        let batch = Batch(
            columns: chunk.rows.columns, count: chunk.rows.count, weights: chunk.rows.weights, ordinals: Ordinals(first: 0))
        let timeBefore = lastTime
        waiting.append(
            Waiting(chunk: chunk, batch: batch, times: times(of: batch), timeBefore: timeBefore, isLogged: isLogged))
    }

    /// A row of the first chunk enters for the first time, or raises the watermark.
    private func begin(firstOrdinal: Int64, _ recorder: StepRecorder?) {
        if waiting[0].hasBegun { return }
        (waiting[0].hasBegun, waiting[0].firstOrdinal) = (true, firstOrdinal)
        let (waiting, chunk) = (waiting[0], waiting[0].chunk)
        counters.rejected += chunk.rows.rejected.count
        counters.accepted += chunk.rows.count
        counters.bytes += chunk.rawRange.count
        if let next = chunk.next { position = next }
        if let last = waiting.times?.last { admittedTime = last }
        if !waiting.isLogged { recorder?.chunk(chunk, source: index, types: types) }
    }

    /// Of the columns that the plan reads.
    var types: [DataType.Physical] { definition.projection.map { definition.columns[$0].type.physical } }

    private func times(of batch: Batch) -> [Int64]? {
        guard let timeColumn, case .int64(var values) = batch.columns[timeColumn].values else { return nil }
        if let validity = batch.columns[timeColumn].validity {
            for row in values.indices where !validity[row] { values[row] = row > 0 ? values[row - 1] : lastTime }
        }
        if let last = values.last { lastTime = last }
        return values
    }

    /// The event time of the next row, for merging bounded sources; the least possible where there is none: in a source
    /// without event time, or a chunk of which every row was refused.
    var nextTime: Int64 {
        guard let first = waiting.first else { return .max }
        guard let times = first.times, times.indices.contains(first.cursor) else { return .min }
        return times[first.cursor]
    }

    /// Rows of the first waiting chunk, if none of them has been admitted.
    var untouchedRows: Int? { waiting.first.flatMap { $0.hasBegun ? nil : $0.batch.count } }

    /// Removes the next waiting chunk of which no row was admitted. One that is admitted in part stays: its rest is state.
    func dropChunk() -> Waiting? {
        waiting.firstIndex { !$0.hasBegun }.map { waiting.remove(at: $0) }
    }

    /// Nothing is admitted for a while: what was posted and has not entered is given back.
    func pause() -> [Chunk] {
        let posted = waiting.filter { !$0.hasBegun && $0.chunk.completion != nil }.map(\.chunk)
        waiting.removeAll { !$0.hasBegun && $0.chunk.completion != nil }
        return posted + inlet.pause()
    }

    /// How many rows of the first waiting chunk come next: those whose time is at most `bound` (before it, if `isStrict`),
    /// at most `limit`.
    func run(upTo bound: Int64, isStrict: Bool, limit: Int) -> Int {
        let start = waiting[0].cursor
        let end = min(start + limit, waiting[0].batch.count)
        guard let times = waiting[0].times, bound < .max else { return end - start }
        var row = start
        while row < end, isStrict ? times[row] < bound : times[row] <= bound { row += 1 }
        return row - start
    }

    /// Admits the next `count` rows of the first waiting chunk with ordinals from `first` on. The rows are cut out of the
    /// chunk only when it or the step ends: merged sources take turns row by row.
    ///
    /// - Returns: the chunk, when its last row went.
    func admit(_ count: Int, firstOrdinal first: Int64, _ recorder: StepRecorder?) -> Waiting? {
        begin(firstOrdinal: first, recorder)
        waiting[0].isLeaping = false
        recorder?.rows(count, source: index, firstOrdinal: first)
        if let last = runs.indices.last, runs[last].first + Int64(runs[last].count) == first {
            runs[last].count += count
        } else if count > 0 {
            runs.append((first, count))
        }
        waiting[0].cursor += count
        guard waiting[0].cursor == waiting[0].batch.count else { return nil }
        cutAdmitted()
        return waiting.removeFirst()
    }

    private func cutAdmitted() {
        guard let first = runs.first else { return }
        let end = waiting[0].cursor
        var batch = waiting[0].batch.slice((end - runs.reduce(0) { $0 + $1.count })..<end)
        batch.ordinals = Ordinals(first: first.first)
        if runs.count > 1 {
            var ordinals: [Int64] = []
            ordinals.reserveCapacity(batch.count)
            for run in runs { ordinals.append(contentsOf: run.first..<(run.first + Int64(run.count))) }
            batch.ordinals = Ordinals(ordinals)
        }
        admitted.append(batch)
        runs.removeAll(keepingCapacity: true)
    }

    /// The rows admitted since the last call, in order.
    func takeAdmitted() -> [Batch] {
        cutAdmitted()
        let batches = admitted
        admitted = []
        return batches
    }

    /// Splits admitted rows into those on time and late ones, and says how the watermark rises. Rows that are further ahead
    /// of the clock than `max_ahead` are refused and do not move it.
    func judge(_ batch: Batch, clock: Int64) -> JudgedRows {
        guard let limit = timing.maxAhead.map({ clock.addingReportingOverflow($0) }), !limit.overflow, let timeColumn,
            case .int64(let times) = batch.columns[timeColumn].values
        else { return judgeLate(batch, nil, clock) }
        let validity = batch.columns[timeColumn].validity
        var rows: [Int32] = []
        for row in 0..<batch.count where times[row] > limit.partialValue && validity?[row] ?? true {
            rows.append(Int32(truncatingIfNeeded: row))
        }
        if rows.isEmpty { return judgeLate(batch, nil, clock) }
        counters.rejected += rows.count
        counters.accepted -= rows.count
        return judgeLate(batch.without(rows), batch.gather(rows), clock)
    }

    private func judgeLate(_ batch: Batch, _ ahead: Batch?, _ clock: Int64) -> JudgedRows {
        var judged =
            rule?.judge(batch, watermark: watermark, partitions: partitions, clock: clock)
            ?? JudgedRows(onTime: batch, progress: Progress(start: watermark))
        judged.ahead = ahead
        watermark = judged.progress.end
        counters.late += judged.late?.count ?? 0
        return judged
    }

    // MARK: Idle sources

    /// Notes whether the source has brought rows in a step, or for how long it has not.
    func note(hasRows: Bool, clock: Int64) {
        guard let timeout = timing.idleTimeout else { return }
        if hasRows || lastActive == nil {
            lastActive = clock
            isIdle = false
        } else if let last = lastActive, !isIdle, clock.subtractingReportingOverflow(last).partialValue >= timeout {
            isIdle = true
        }
    }

    /// The clock at which it or one of its partitions becomes idle if nothing comes; nil: never, or all are.
    var idlesAt: Int64? {
        if hasClosed { return nil }
        return [ownIdlesAt, partitions?.all.idlesAt].compactMap { $0 }.min()
    }

    /// The watermark once the partitions are forgotten that have been silent for too long; nil: none has.
    func watermarkWithoutSilentPartitions(clock: Int64) -> Int64? {
        guard let all = partitions?.all, !hasClosed, let due = all.idlesAt, due <= clock else { return nil }
        all.forgetIdle(clock: clock)
        let least = all.least
        return least < .max ? max(watermark, least) : watermark
    }

    /// Partitions have been silent for too long.
    func hasSilentPartitions(clock: Int64) -> Bool {
        guard let due = partitions?.all.idlesAt, !hasClosed else { return false }
        return due <= clock
    }

    /// Its partitions with their watermarks, the least first.
    func reportPartitions(max: Int) -> [(name: String, watermark: Int64)] { partitions?.all.report(max: max) ?? [] }

    private var ownIdlesAt: Int64? {
        guard let timeout = timing.idleTimeout, let last = lastActive, !isIdle, !hasClosed else { return nil }
        let (time, overflow) = last.addingReportingOverflow(timeout)
        return overflow ? nil : time
    }

    /// Moves the watermark of an idle source to that of those that are not.
    func follow(_ others: Int64, ordinal: Int64, clock: Int64, _ recorder: StepRecorder?) -> Progress {
        recorder?.follow(source: index, ordinal: ordinal, watermark: others)
        partitions?.all.forgetIdle(clock: clock)
        guard others > watermark else { return Progress(start: watermark) }
        let progress = Progress(start: watermark, ordinals: [ordinal], values: [others])
        watermark = others
        return progress
    }

    /// The end of time, from `ordinal` on: every window closes.
    func closing(ordinal: Int64, _ recorder: StepRecorder?) -> Progress {
        recorder?.close(source: index, ordinal: ordinal)
        let progress = Progress(start: watermark, ordinals: [ordinal], values: [.max])
        watermark = .max
        hasClosed = true
        return progress
    }

    /// The next row is the next to enter, whatever comes to other sources.
    func beginLeaping(ordinal: Int64, _ recorder: StepRecorder?) {
        if waiting.isEmpty { return }
        begin(firstOrdinal: ordinal, recorder)
        waiting[0].isLeaping = true
    }

    /// Raises the watermark by the next row before it enters.
    func raise(to mark: Int64, ordinal: Int64, _ recorder: StepRecorder?) -> Progress {
        beginLeaping(ordinal: ordinal, recorder)
        recorder?.raise(source: index, ordinal: ordinal, watermark: mark)
        guard mark > watermark else { return Progress(start: watermark) }
        let progress = Progress(start: watermark, ordinals: [ordinal], values: [mark])
        watermark = mark
        return progress
    }

    var idleProgress: Progress { Progress(start: watermark) }

    // MARK: Restoring

    /// A chunk of the log joins those that wait.
    func restore(_ chunk: Chunk) { receive(chunk, isLogged: true) }

    /// What was restored is all there was; what comes next comes from the source.
    var hasEndedForGood: Bool { hasClosed && watermark == .max }

    /// Nothing will come of a source that had ended.
    func noteEnded() { hasEnded = true }

    /// All that is kept between two steps. When it is read, ``restorePartial(from:)`` follows.
    func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&watermark)
        try coder.code(&hasClosed)
        // One that was stopped goes on.
        if !coder.isWriting { hasClosed = hasClosed && watermark == .max }
        try partitions?.all.code(coder)
        try coder.code(&admittedTime)
        if !coder.isWriting { lastTime = admittedTime }
        try LoggedChunk.code(&position, coder)
        for path in [\SourceCounters.accepted, \.rejected, \.late, \.bytes] { try coder.code(&counters[keyPath: path]) }
        let first = waiting.first.flatMap { $0.hasBegun ? $0 : nil }
        // Less than 0: the row at the cursor has raised the watermark.
        var cursor = Int64(first?.cursor ?? 0)
        if first?.isLeaping == true { cursor = -1 - cursor }
        try coder.code(&cursor)
        if cursor == 0 { return }
        var timeBefore = first?.timeBefore ?? 0
        try coder.code(&timeBefore)
        if let first { return try LoggedChunk.write(first.chunk, types, coder) }
        let isLeaping = cursor < 0
        if isLeaping { cursor = -1 &- cursor }
        partial = (try LoggedChunk(coder, types), Int(clamping: cursor), timeBefore, isLeaping)
    }

    /// Goes on where the feed of another pipeline is. ``restorePartial(from:)`` follows.
    func follow(_ other: Feed) throws(StateDamage) {
        let writer = StateCoder()
        try other.code(writer)
        let reader = StateCoder(reading: writer.bytes)
        try code(reader)
        try reader.end()
    }

    /// The chunk of which a checkpoint holds the first rows.
    func restorePartial(from source: any SourceConnector) throws(ConnectorError) {
        guard let (logged, cursor, timeBefore, isLeaping) = partial else { return }
        partial = nil
        let chunk = try logged.restore(from: source, name: definition.name)
        guard cursor >= 0, cursor <= chunk.rows.count else {
            throw ConnectorError("source \"\(definition.name)\": the checkpoint holds more rows of a chunk than it has")
        }
        lastTime = timeBefore
        receive(chunk, isLogged: true)
        waiting[waiting.count - 1].cursor = cursor
        (waiting[waiting.count - 1].hasBegun, waiting[waiting.count - 1].isLeaping) = (true, isLeaping)
    }
}

package struct SourceCounters: Sendable {
    package var accepted = 0
    package var rejected = 0
    package var late = 0
    package var bytes = 0
}

/// Options of a source that speak of time, in microseconds.
struct SourceTiming: Sendable {
    /// After this long without a row it no longer holds back the watermark of others.
    var idleTimeout: Int64?
    /// How far the time of a row may be ahead of the clock.
    var maxAhead: Int64?
    /// How many partitions are expected.
    var partitions = 0

    static let options = [
        OptionSpec(
            "idle_timeout", .duration, roles: [.source],
            """
            after this long without a row the source no longer holds back the watermark of others, nor a partition that of \
            the source
            """),
        OptionSpec(
            "partition_by", .text, roles: [.source],
            """
            a column whose values tell the partitions of the source apart: each has a watermark of its own, and the source's \
            is the least of them
            """),
        OptionSpec(
            "partitions", .integer(1...1_000_000), roles: [.source],
            "with partition_by: the source has no watermark before so many have come"),
        OptionSpec(
            "max_ahead", .duration, roles: [.source],
            "a row whose time is further ahead of the clock goes to the dead letter and does not move the watermark"),
    ]
}
