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
    let definition: PipelineDefinition
    private let pipeline: Pipeline
    let clock: any Clock
    let journal: Journal?
    let stepper: Stepper
    let outputs: OutputRouter
    private let lookups: Lookups
    private var counters = PipelineCounters()
    /// The state to begin with, until it is read.
    private var restored: Journal.Restored?
    /// It is the state of another pipeline.
    private(set) var change: PipelineChange?
    /// Whose views are asked, where they are not this pipeline's.
    var answering: CompiledPipeline?
    /// What was to be said before anyone could hear it.
    private var reports: [String] = []
    private var lastFlush: Int64 = 0
    private var lastPublish: Int64 = 0
    /// The counters that others see are those of the last step.
    private var isPublished = true
    private var stateLimit: StateLimit
    private var isStopping = false
    /// Ends when the sources that have an end have come to it, though others could go on.
    package var untilBoundedEnd = false
    /// Called between steps, at most some times a second: progress for people.
    package var onProgress: ((PipelineCounters) -> Void)?
    /// Rejected rows and failed rows as they happen, the first few of them.
    package var onProblem: ((String) -> Void)? {
        didSet { (outputs.onProblem, stepper.inputs.onProblem) = (onProblem, onProblem) }
    }
    /// What people may want to know at the start.
    package var onNotice: ((String) -> Void)?
    /// Called while the log is replayed after a start: steps done, and steps in all.
    package var onRecovery: ((Int64, Int64) -> Void)?

    /// Makes all parts and opens them: a missing file, an occupied port is found here, before any row is read.
    ///
    /// - Parameters:
    ///   - journal: what is kept on disk; nil: nothing is.
    ///   - acceptsLoss: state of another pipeline may be lost.
    ///   - opensSources: false: only steps of the log will be run.
    package init(
        _ definition: PipelineDefinition, _ pipeline: Pipeline, clock: any Clock = SystemClock(), journal: Journal? = nil,
        acceptsLoss: Bool = false, opensSources: Bool = true
    ) throws(StartError) {
        self.definition = definition
        self.pipeline = pipeline
        self.clock = clock
        self.journal = journal
        do throws(SQLError) {
            stepper = try Stepper(definition, inlets: pipeline.inlets)
            outputs = try OutputRouter(definition, stepper.compiled, history: journal?.directory.identity)
        } catch {
            throw .sql(error)
        }
        lookups = Lookups(stepper.compiled, stepper.sources)
        stateLimit = StateLimit(definition.plan, stepper.compiled.circuit)
        stepper.admission.recorder = journal?.recorder
        var reports: [String] = []
        do throws(ConnectorError) {
            if let journal { restored = try journal.find(definition) { reports.append($0) } }
            if let journal, let restored, !restored.isOwn {
                let taken = try PipelineChange.take(
                    over: restored, journal, to: stepper, clock: clock, acceptsLoss: acceptsLoss
                ) { reports.append($0) }
                (change, self.restored) = (taken.change, taken.restored)
            }
            if opensSources { for feed in stepper.feeds { try stepper.sources[feed.index]?.open() } }
            if let change {
                try outputs.open(states: try change.sinkStates())
            } else {
                try outputs.open(restored?.parts[Journal.Part.sinks.rawValue])
            }
        } catch {
            throw .connector(error)
        }
        self.reports = reports
    }

    private var compiled: CompiledPipeline { stepper.compiled }
    private var feeds: [Feed] { stepper.feeds }

    /// Runs until all sources have ended or ``Pipeline/stop()``; then everything under way has left through the sinks.
    package func run() throws(ConnectorError) -> PipelineCounters {
        do throws(ConnectorError) { try recover() } catch {
            pipeline.fail(error.message)
            shutDown([], failure: error.message)
            outputs.closeAll()
            throw error
        }
        let live = feeds.compactMap { feed in
            feed.hasEndedForGood ? nil : stepper.sources[feed.index].map { (source: $0, feed: feed) }
        }
        let threads = live.map { source, feed in
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
            // What went wrong first is what is told.
            do throws(ConnectorError) { try journal?.close() } catch {}
            throw error
        }
        shutDown(threads, failure: nil)
        try outputs.finish()
        try keepState()
        try journal?.close()
        try outputs.close()
        publish(force: true)
        for feed in feeds {
            if let failure = feed.failure { throw failure }
        }
        return counters
    }

    /// Brings back what is on disk. Called once, before any turn.
    func recover() throws(ConnectorError) {
        for report in reports { onProblem?(report) }
        try recover(from: restored)
        (restored, change) = (nil, nil)
        lookups.ask()
        publish(force: true)
    }

    private func shutDown(_ threads: [EngineThread], failure: String?) {
        for source in stepper.sources.values { source.stop() }
        for inlet in pipeline.inlets { inlet.close() }
        for thread in threads { thread.join() }
        // No caller waits for ever: what was not admitted is told so.
        let reason = failure ?? "the pipeline has stopped"
        for feed in feeds {
            while let waiting = feed.dropChunk() { StepLoop.fail(waiting.chunk, reason) }
            for waiting in feed.waiting { StepLoop.fail(waiting.chunk, reason) }
        }
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
        while true {
            switch try turn() {
            case .step: continue
            case .end: return
            case .idle: waitForInput()
            }
        }
    }

    /// What a turn of the loop came to.
    enum Turn { case step, idle, end }

    /// Runs a step if there is anything to do.
    func turn() throws(ConnectorError) -> Turn {
        // Looked at in every round: under load the loop never waits.
        if !isStopping, pipeline.requests.withLock({ $0.isStopping }) {
            isStopping = true
            // Sources return soon; what they have submitted is still taken through.
            stopSources()
        }
        if stateLimit.isReached, isStopping { return .end }
        let now = clock.now()
        journal?.recorder.begin(clock: now, delivered: outputs.deliveredSteps)
        // What is there before the first row is a step of its own.
        let isFirst = stepper.step == 0 && definition.hasInitialRows
        let input: AdmissionGate.Step
        let isBehind = compiled.circuit.isBehind
        if isFirst {
            input = AdmissionGate.Step()
        } else if isBehind {
            input = stepper.admission.closing(clock: now)
        } else if stateLimit.isReached || lookups.areFull {
            input = stepper.admission.nextAnswers(clock: now)
        } else {
            input = stepper.admission.next(clock: now)
        }
        try failIfBroken()
        let isDue = compiled.circuit.wakesAt.map { $0 <= now } ?? false
        if isFirst || isBehind || !input.isEmpty || isDue || compiled.circuit.hasPendingDelay {
            try runStep(input, now)
            switch stateLimit.check(compiled.circuit, rows: input.rowCount) {
            case .reached(let reason): pause(reason)
            case .shrunk(let message): goOn(message)
            case nil: break
            }
            answerViews()
            publish(force: false)
            return .step
        }
        let admission = stepper.admission
        if admission.isDone || (untilBoundedEnd && admission.boundedAreDone && lookups.waiting == 0) { return .end }
        try failIfStuck()
        // Nothing will be asked any more.
        if admission.othersAreDone, lookups.waiting == 0 { lookups.stop() }
        try outputs.flush()
        journal?.advance()
        try journal?.throwFailure()
        answerViews()
        publish(force: false)
        return .idle
    }

    private func waitForInput() {
        var patience = min(isPublished ? 1_000_000 : 100_000, untilWake(clock.now()))
        if journal?.isCheckpointing == true { patience = min(patience, 1_000) }
        let isStopping = isStopping
        let woken: Void? = pipeline.requests.wait(microseconds: patience) { requests in
            guard requests.hasInput || requests.isStopping != isStopping || !requests.views.isEmpty else { return nil }
            requests.hasInput = false
            return ()
        }
        // Counting up the state and the models takes longer than a small step: done when there is time, not after each.
        if woken == nil, !isPublished { publish(force: true) }
    }

    /// Nothing enters any more: queues fill up, files wait and posts are told to come later. Views go on answering.
    private func pause(_ reason: String) {
        let posted = feeds.flatMap { $0.pause() }
        counters.paused = reason
        onProblem?(reason)
        publish(force: true)
        for chunk in posted { chunk.completion?(.paused(reason)) }
    }

    private func goOn(_ message: String) {
        counters.paused = nil
        for feed in feeds { feed.inlet.goOn() }
        onProblem?(message)
        publish(force: true)
    }

    /// Sources are paused, and neither the clock nor a request can change that: it would be so for ever.
    private func failIfStuck() throws(ConnectorError) {
        guard stateLimit.isReached, lookups.waiting == 0 else { return }
        // A source of which nothing is left comes to its end.
        guard feeds.contains(where: { !$0.waiting.isEmpty || $0.inlet.queuedRows > 0 }) else { return }
        let isAlone = feeds.allSatisfy { $0.isBounded || $0.definition.isLookup } && compiled.circuit.wakesAt == nil
        guard untilBoundedEnd || isAlone else { return }
        throw ConnectorError(
            counters.paused ?? "the state has reached max_state", hint: "the rest of the files was not taken in")
    }

    /// A broken source ends the pipeline, once the rows before the defect are through.
    private func failIfBroken() throws(ConnectorError) {
        for feed in feeds where feed.isDone && feed.hasClosed {
            if let failure = feed.failure { throw failure }
        }
    }

    private func stopSources() {
        for feed in feeds { feed.noteStop() }
        // What has been asked is still answered.
        for source in stepper.sources.values where !(source is any LookupConnector) { source.stop() }
    }

    // MARK: One step

    /// Microseconds until the clock alone has consequences.
    private func untilWake(_ now: Int64) -> Int64 {
        guard let time = [compiled.circuit.wakesAt, stepper.admission.idlesAt].compactMap({ $0 }).min() else { return .max }
        let (distance, overflow) = time.subtractingReportingOverflow(now)
        return overflow ? .max : max(distance, 1000)
    }

    func runStep(_ input: AdmissionGate.Step, _ now: Int64) throws(ConnectorError) {
        let began = clock.monotonic()
        let step = stepper.step + 1
        isPublished = false
        do throws(ConnectorError) {
            try journal?.append(step: step, clock: now)
            stepper.run(input, clock: now)
            try journal?.settle(step: step)
            lookups.ask()
            try outputs.emit(input, step: step)
        } catch {
            for (_, waiting, _) in input.finished { StepLoop.fail(waiting.chunk, error.message) }
            throw error
        }
        // Under load sinks fill their buffers; nothing stays in them for more than a second.
        if now - lastFlush > 1_000_000, lastFlush > 0 || !input.isEmpty {
            try outputs.flush()
            lastFlush = now
        }
        if let journal {
            if journal.checkpointIsDue(step: step, time: began) { try keepState() }
            journal.advance()
        }
        counters.addStep(seconds: Double(clock.monotonic() - began) / 1e9)
    }

    // MARK: Asked from outside

    /// The rows of a materialized view, by its number in the plan; once ``run()`` has returned.
    func snapshot(ofView index: Int) -> Batch { compiled.views[index].rows.snapshot() }

    func answerViews() {
        let asked = pipeline.requests.withLock { requests in
            let views = requests.views
            requests.views = []
            return views
        }
        for (name, completion) in asked {
            guard let view = (answering ?? compiled).views.first(where: { $0.name == name }) else {
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
            completion(ViewContent(step: stepper.step, rows: objects))
        }
    }

    private func publish(force: Bool) {
        let now = clock.monotonic()
        guard force || (!isPublished && now - lastPublish > 100_000_000) else { return }
        lastPublish = now
        isPublished = true
        counters.step = stepper.step
        let holding = stepper.admission.holdingBack
        counters.clock = clock.now()
        counters.sources = feeds.map { feed in
            PipelineCounters.Source(
                name: feed.definition.name, isTable: feed.definition.isTable, accepted: feed.counters.accepted,
                rejected: feed.counters.rejected + outputs.refused[feed.index], late: feed.counters.late,
                bytes: feed.counters.bytes,
                queuedRows: feed.inlet.queuedRows, hasEnded: feed.hasClosed, isIdle: feed.isIdle,
                watermark: feed.hasWatermark && feed.watermark > .min && feed.watermark < .max ? feed.watermark : nil,
                hasWatermark: feed.hasWatermark, holdsBack: holding.contains(feed.index),
                partitions: feed.reportPartitions(max: PipelineCounters.Source.partitionsMax).map {
                    PipelineCounters.Partition(name: $0.name, watermark: $0.watermark == .min ? nil : $0.watermark)
                })
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
