import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL
import MutstreamStorage

/// The engine's thread: takes whatever has arrived, runs one step, lets the outputs leave, and begins again. It owns the
/// circuit; nothing else touches it.
///
/// Natural batching: one row when idle, thousands under load; there is no batch size and no linger.
package final class StepLoop {
    private let definition: PipelineDefinition
    private let pipeline: Pipeline
    private let clock: any Clock
    private let log: any InputLog
    private let compiled: CompiledPipeline
    private let outputs: OutputRouter
    private var admission: AdmissionGate
    private var feeds: [Feed]
    private let sources: [any SourceConnector]
    private var counters = PipelineCounters()
    private var step: Int64 = 0
    private var lastFlush: Int64 = 0
    private var lastPublish: Int64 = 0
    /// The counters that others see are those of the last step.
    private var isPublished = true
    private var stateLimit: StateLimit
    /// Ends when the sources that have an end have come to it, though others could go on.
    package var untilBoundedEnd = false
    /// Called between steps, at most some times a second: progress for people.
    package var onProgress: ((PipelineCounters) -> Void)?
    /// Rejected rows and failed rows as they happen, the first few of them.
    package var onProblem: ((String) -> Void)? {
        didSet { outputs.onProblem = onProblem }
    }

    /// Makes all parts and opens them: a missing file, an occupied port is found here, before any row is read.
    package init(
        _ definition: PipelineDefinition, _ pipeline: Pipeline, clock: any Clock = SystemClock(),
        log: any InputLog = NoLog()
    ) throws(StartError) {
        self.definition = definition
        self.pipeline = pipeline
        self.clock = clock
        self.log = log
        var sources: [any SourceConnector] = []
        var feeds: [Feed] = []
        do throws(SQLError) {
            compiled = try Compiler.circuit(definition.plan)
            outputs = try OutputRouter(definition, compiled)
            for index in definition.plan.sources.indices {
                guard let source = try definition.makeSource(index), source.isBounded || !definition.isQuery else {
                    continue
                }
                feeds.append(
                    Feed(
                        index: index, definition: definition.plan.sources[index], inlet: pipeline.inlets[index],
                        isBounded: source.isBounded, hasInitialContent: source.hasInitialContent,
                        timing: definition.timing(index)))
                sources.append(source)
            }
        } catch {
            throw .sql(error)
        }
        if definition.plan.settings.shards > 1 {
            compiled.circuit.runner = LaneThreads(lanes: definition.plan.settings.shards)
        }
        stateLimit = StateLimit(definition.plan.settings.maxState)
        self.sources = sources
        self.feeds = feeds
        admission = AdmissionGate(feeds)
        do throws(ConnectorError) {
            for source in sources { try source.open() }
            try outputs.open()
        } catch {
            throw .connector(error)
        }
    }

    /// Runs until all sources have ended or ``Pipeline/stop()``; then everything under way has left through the sinks.
    package func run() throws(ConnectorError) -> PipelineCounters {
        let threads = zip(sources, feeds).map { source, feed in
            EngineThread(name: "source \(feed.definition.name)") { [inlet = feed.inlet] in
                do throws(ConnectorError) {
                    try source.run(inlet)
                    inlet.end()
                } catch {
                    inlet.end(error)
                }
            }
        }
        do throws(ConnectorError) {
            try loop()
        } catch {
            pipeline.fail(error.message)
            shutDown(threads, failure: error.message)
            outputs.closeAll()
            throw error
        }
        shutDown(threads, failure: nil)
        try outputs.close()
        publish(force: true)
        for feed in feeds {
            if let failure = feed.failure { throw failure }
        }
        return counters
    }

    private func shutDown(_ threads: [EngineThread], failure: String?) {
        for source in sources { source.stop() }
        for inlet in pipeline.inlets { inlet.close() }
        for thread in threads { thread.join() }
        // No caller waits for ever: what was not admitted is told so.
        let reason = failure ?? "the pipeline has stopped"
        for feed in feeds { while let waiting = feed.popChunk() { StepLoop.fail(waiting.chunk, reason) } }
        for inlet in pipeline.inlets { for chunk in inlet.take().chunks { StepLoop.fail(chunk, reason) } }
        let waiting = pipeline.requests.signal { requests in
            requests.isStopping = true
            let views = requests.views
            requests.views = []
            return views
        }
        for request in waiting { request.completion(nil) }
    }

    private static func fail(_ chunk: Chunk, _ reason: String) {
        chunk.completion?(ChunkOutcome(replies: nil, accepted: 0, failure: reason))
    }

    private func loop() throws(ConnectorError) {
        var isStopping = false
        if definition.hasInitialRows { try runStep(AdmissionGate.Step(), clock.now()) }
        while true {
            // Looked at in every round: under load the loop never waits.
            if !isStopping, pipeline.requests.withLock({ $0.isStopping }) {
                isStopping = true
                // Sources return soon; what they have submitted is still taken through.
                stopSources()
            }
            if stateLimit.isReached, isStopping { return }
            let now = clock.now()
            let input = stateLimit.isReached ? AdmissionGate.Step() : admission.next(clock: now)
            try failIfBroken()
            let isDue = compiled.circuit.wakesAt.map { $0 <= now } ?? false
            if !input.isEmpty || isDue || compiled.circuit.hasPendingDelay {
                try runStep(input, now)
                if let reason = stateLimit.check(compiled.circuit, rows: input.rowCount) { pause(reason) }
                answerViews()
                publish(force: false)
                continue
            }
            if admission.isDone || (untilBoundedEnd && admission.boundedAreDone) { return }
            try outputs.flush()
            answerViews()
            publish(force: false)
            let patience = min(isPublished ? 1_000_000 : 100_000, untilWake(now))
            let woken: Void? = pipeline.requests.wait(microseconds: patience) { requests in
                guard requests.hasInput || requests.isStopping != isStopping || !requests.views.isEmpty else { return nil }
                requests.hasInput = false
                return ()
            }
            // Counting up the state and the models takes longer than a small step: done when there is time, not after each.
            if woken == nil, !isPublished { publish(force: true) }
        }
    }

    /// Nothing enters any more: queues fill up, files wait and posts are told to come later. Views go on answering.
    private func pause(_ reason: String) {
        counters.paused = reason
        onProblem?(reason)
        publish(force: true)
    }

    /// A broken source ends the pipeline, once the rows before the defect are through.
    private func failIfBroken() throws(ConnectorError) {
        for feed in feeds where feed.isDone && feed.hasClosed {
            if let failure = feed.failure { throw failure }
        }
    }

    private func stopSources() {
        for feed in feeds { feed.noteStop() }
        for source in sources { source.stop() }
    }

    // MARK: One step

    /// Microseconds until the clock alone has consequences.
    private func untilWake(_ now: Int64) -> Int64 {
        guard let time = [compiled.circuit.wakesAt, admission.idlesAt].compactMap({ $0 }).min() else { return .max }
        let (distance, overflow) = time.subtractingReportingOverflow(now)
        return overflow ? .max : max(distance, 1000)
    }

    private func runStep(_ input: AdmissionGate.Step, _ now: Int64) throws(ConnectorError) {
        let began = clock.monotonic()
        step += 1
        isPublished = false
        var deltas = step == 1 ? initialDeltas() : []
        for (source, rows) in input.rows.sorted(by: { $0.key < $1.key }) {
            let places = compiled.sources[source]
            if let rowsInput = places.rows { deltas.append((rowsInput, Delta(rows.onTime, rows.progress))) }
            if let late = rows.late, let lateInput = places.late { deltas.append((lateInput, Delta(late, rows.progress))) }
        }
        for (source, waiting, firstOrdinal) in input.finished {
            if let raw = waiting.chunk.raw {
                log.append(
                    source: source, bytes: UnsafeRawBufferPointer(rebasing: raw.bytes[waiting.chunk.rawRange]),
                    firstOrdinal: firstOrdinal, rows: waiting.chunk.rows.count)
            }
        }
        deltas.append(contentsOf: deadLetters(input))
        noteAhead(input)
        do throws(ConnectorError) {
            do throws(StorageError) { try log.commit(step: step, clock: now) } catch {
                throw ConnectorError(error.message, hint: error.hint)
            }
            compiled.circuit.step(deltas, StepContext(step: step, clock: now))
            try outputs.emit(input, step: step)
        } catch {
            for (_, waiting, _) in input.finished { StepLoop.fail(waiting.chunk, error.message) }
            throw error
        }
        counters.addStep(seconds: Double(clock.monotonic() - began) / 1e9)
        // Under load sinks fill their buffers; nothing stays in them for more than a second.
        if lastFlush == 0, input.isEmpty { return }
        if now - lastFlush > 1_000_000 {
            try outputs.flush()
            lastFlush = now
        }
    }

    /// Tables without a connector are full before the first row of a source.
    private func initialDeltas() -> [(input: Int, delta: Delta)] {
        var deltas: [(input: Int, delta: Delta)] = []
        for source in definition.plan.sources.indices {
            guard let place = compiled.sources[source].rows, let rows = definition.initialTables.rows[source] else {
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
            guard let ahead = rows.ahead, let place = compiled.sources[source].deadLetter else { continue }
            let writer = JSONRowWriter(schema: definition.plan.sources[source].readFields)
            let scratch = ByteWriter()
            for row in 0..<ahead.count {
                scratch.removeAll(keepingCapacity: true)
                writer.writeObject(ahead, row: row, to: scratch)
                let raw = String(decoding: scratch.bytes.prefix(RejectedRow.rawBytesMax), as: UTF8.self)
                byInput[place, default: []].append(
                    DeadLetter(
                        reason: StepLoop.aheadReason, raw: raw, length: scratch.bytes.count, ordinal: ahead.ordinals[row]))
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

    private func noteAhead(_ input: AdmissionGate.Step) {
        for (source, rows) in input.rows.sorted(by: { $0.key < $1.key }) where rows.ahead != nil {
            onProblem?("source \"\(definition.plan.sources[source].name)\" refused a row: \(StepLoop.aheadReason)")
        }
    }

    // MARK: Asked from outside

    /// The rows of a materialized view, by its number in the plan; once ``run()`` has returned.
    func snapshot(ofView index: Int) -> Batch { compiled.views[index].rows.snapshot() }

    private func answerViews() {
        let asked = pipeline.requests.withLock { requests in
            let views = requests.views
            requests.views = []
            return views
        }
        for (name, completion) in asked {
            guard let view = compiled.views.first(where: { $0.name == name }) else {
                completion(nil)
                continue
            }
            let rows = view.rows.snapshot()
            let writer = JSONRowWriter(schema: view.fields)
            let scratch = ByteWriter()
            let objects = (0..<rows.count).map { row in
                scratch.removeAll(keepingCapacity: true)
                writer.writeObject(rows, row: row, to: scratch)
                return Array(scratch.bytes)
            }
            completion(ViewContent(step: step, rows: objects))
        }
    }

    private func publish(force: Bool) {
        let now = clock.monotonic()
        guard force || (!isPublished && now - lastPublish > 100_000_000) else { return }
        lastPublish = now
        isPublished = true
        counters.step = step
        let holding = admission.holdingBack
        counters.clock = clock.now()
        counters.sources = feeds.map { feed in
            PipelineCounters.Source(
                name: feed.definition.name, isTable: feed.definition.isTable, accepted: feed.counters.accepted,
                rejected: feed.counters.rejected + outputs.refused[feed.index], late: feed.counters.late,
                bytes: feed.counters.bytes,
                queuedRows: feed.inlet.queuedRows, hasEnded: feed.hasClosed, isIdle: feed.isIdle,
                watermark: feed.hasWatermark && feed.watermark > .min && feed.watermark < .max ? feed.watermark : nil,
                holdsBack: holding == feed.index)
        }
        outputs.count(into: &counters)
        counters.models = compiled.models.map { model in
            let summary = model.summary
            return PipelineCounters.Model(
                name: model.name, lessons: Int(clamping: model.lessonsLearnt),
                quality: ModelQuality(
                    positives: summary.positives.map { Int(clamping: $0) }, areaUnderROC: summary.areaUnderROC,
                    averagePrecision: summary.averagePrecision, precision: summary.precision, recall: summary.recall,
                    logLoss: summary.logLoss, rootMeanSquaredError: summary.rootMeanSquaredError))
        }
        counters.operators = compiled.circuit.describe.enumerated().map { number, node in
            PipelineCounters.Operator(
                number: number, label: node.label, shards: node.lanes, rowsIn: node.rowsIn, rowsOut: node.rowsOut,
                stateRows: node.state.rows, stateBytes: node.state.bytes)
        }
        pipeline.publish(counters)
        onProgress?(counters)
    }
}

/// Why a pipeline could not start.
package enum StartError: Error {
    /// Wrong in itself.
    case sql(SQLError)
    /// Not possible here and now.
    case connector(ConnectorError)
}
