import MutstreamColumnar

/// Joins each row with an answer that comes from outside: the row waits here until its key's answer is an input.
///
/// ```
/// row ──► known? ──yes──► result          questions ──► the outside ──► answers, an input of a later step
///            │no                ▲                                          │
///            └► waits, is asked ┴──────────────────────────────────────────┘
/// ```
///
/// Input 0: rows that are only appended. Input 1: answers, each the key columns, the columns of the relation and a status.
/// A key is asked for once, however many rows wait for it; its rows leave in their order. ``takeQuestions()`` gives the keys
/// to ask; an operator that has read a state gives all whose rows wait, so that what was under way is asked again.
///
/// **Outputs**: 0, left columns, then those of the answer, in the order in which answers come: a row with a known answer
/// at its own ordinal, others at that of their answer; 1, rows without an answer (left columns and a TEXT with the reason).
/// NULL in a key has no match. **Progress**: that of input 0, held back to what it was before the oldest row that waits.
/// **State**: rows that wait, at most `cacheRows` answers for `cacheTime`.
package final class LookupJoin: Operator {
    /// What becomes of rows whose question had no answer, after all tries.
    package enum Failing: String, Sendable, Hashable {
        /// They go on with NULL in the columns of the answer.
        case null
        case drop
        case deadLetter = "dead_letter"
    }

    /// The status of an answer; any other means that there is none.
    package static let (found, missing) = ("found", "missing")

    package struct Rule: Sendable, Hashable {
        package var leftKeys: [Int]
        package var rightKeys: [Int]
        /// Columns of input 1.
        package var status: Int
        package var reason: Int
        /// A row whose key is missing comes with NULLs.
        package var keepsLeft: Bool
        package var failing: Failing
        package var cacheRows: Int
        /// Microseconds of the clock.
        package var cacheTime: Int64

        package init(
            leftKeys: [Int], rightKeys: [Int], status: Int, reason: Int, keepsLeft: Bool, failing: Failing,
            cacheRows: Int, cacheTime: Int64
        ) {
            self.leftKeys = leftKeys
            self.rightKeys = rightKeys
            self.status = status
            self.reason = reason
            self.keepsLeft = keepsLeft
            self.failing = failing
            self.cacheRows = cacheRows
            self.cacheTime = cacheTime
        }
    }

    /// `| first that waits: 4 | last that waits: 4 | answer: 4 | whether there is a row: 4 |`
    private static let payloadBytes = 16
    /// A waiting row: `| next of its key: 4 | before it: 4 | after it: 4 | key: 4 | watermark before it: 8 |`
    private static let headerBytes = 24

    private let rule: Rule
    private let table = KeyTable(payloadBytes: LookupJoin.payloadBytes)
    private let (leftEncoder, rightEncoder): (KeyEncoder, KeyEncoder)
    private let rows: RowStore
    private let answers: RowStore
    private let (left, right) = (BatchReader(), BatchReader())
    private var cached: IdleKeys
    private var cachedCount = 0
    private var (oldest, newest): (Int32, Int32) = (-1, -1)
    private var watermark = Int64.min
    private var lastOrdinal: Int64 = 0
    private var questions: [Int32] = []

    private var outRows: [Int32] = []
    private var outAnswers: [Int32] = []
    private var outOrdinals: [Int64] = []
    private var failedRows: [Int32] = []
    private var failedOrdinals: [Int64] = []
    private var reasons = ColumnBuilder(DataType.text)
    private var (gone, goneAnswers): ([Int32], [Int32]) = ([], [])

    package init(leftTypes: [DataType], rightTypes: [DataType], rule: Rule) {
        self.rule = rule
        leftEncoder = KeyEncoder(columns: rule.leftKeys, nulls: .reject)
        rightEncoder = KeyEncoder(columns: rule.rightKeys, nulls: .reject)
        rows = RowStore(leftTypes, headerBytes: LookupJoin.headerBytes)
        answers = RowStore(rightTypes)
        cached = IdleKeys(timeToLive: max(rule.cacheTime, 1))
    }

    package var stateSize: StateSize {
        StateSize(
            rows: rows.count + answers.count, bytes: rows.bytes + answers.bytes + table.bytes + cached.bytes)
    }

    /// Rows that wait for an answer.
    package var waitingCount: Int { rows.count }
    package var wantsEveryStep: Bool { !cached.isEmpty }
    package var wakesAt: Int64? { cached.wakesAt }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try rows.code(coder)
        try answers.code(coder)
        try cached.code(coder)
        try coder.code(&cachedCount)
        try coder.code(&oldest)
        try coder.code(&newest)
        try coder.code(&watermark)
        try coder.code(&lastOrdinal)
        if coder.isWriting { return }
        questions = []
        var row = oldest
        var steps = 0
        while row >= 0 {
            guard Int(row) < rows.idLimit, steps < rows.idLimit else { throw coder.damage("a row that waits is not there") }
            questions.append(key(row))
            row = after(row)
            steps += 1
        }
    }

    /// The keys to ask for since the last call, as the key columns of input 1 have them, each once.
    package func takeQuestions() -> Batch {
        defer { questions.removeAll(keepingCapacity: true) }
        var asked = Set<Int32>()
        let first = questions.compactMap { key -> Int32? in
            let row = table.payload(key).load(as: Int32.self)
            // The answer may have come since.
            return row >= 0 && asked.insert(key).inserted ? row : nil
        }
        return Batch(
            columns: rule.leftKeys.map { rows.column($0, rows: first) }, count: first.count, ordinals: Ordinals(first: 0))
    }

    package func pacemakers(of port: Int, among count: Int) -> [Int] { [0] }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        cached.advance(to: context.clock)
        for key in cached.takeDue(asked: { _ in }) { forget(key) }
        let (own, other) = (inputs[0].batch, inputs[1].batch)
        let passes = oldest < 0 && other.isEmpty
        interleave(own, other, inputs[0].progress)
        emit(&outputs)
        setProgress(inputs, passes: passes && oldest < 0, &outputs)
    }

    /// A row that waits holds the watermark where it was before it.
    private func setProgress(_ inputs: [Delta], passes: Bool, _ outputs: inout [Delta]) {
        let progress = inputs[0].progress
        for batch in [inputs[0].batch, inputs[1].batch] where !batch.isEmpty {
            lastOrdinal = max(lastOrdinal, batch.ordinals[batch.count - 1])
        }
        lastOrdinal = max(lastOrdinal, progress.ordinals.last ?? 0)
        var result = progress
        if !passes || progress.start != watermark {
            let now = oldest < 0 ? progress.end : rows.header(oldest).load(fromByteOffset: 16, as: Int64.self)
            result = Progress(start: watermark)
            if now > watermark { result = Progress(start: watermark, ordinals: [lastOrdinal], values: [now]) }
        }
        watermark = result.end
        for port in outputs.indices { outputs[port].progress = result }
    }

    // MARK: Rows and answers, by their ordinals

    private func interleave(_ own: Batch, _ other: Batch, _ progress: Progress) {
        left.bind(own)
        right.bind(other)
        if !own.isEmpty { leftEncoder.encode(left) }
        if !other.isEmpty { rightEncoder.encode(right) }
        var mark = Watermark(progress)
        var answer = 0
        for row in 0..<own.count {
            let ordinal = own.ordinals[row]
            while answer < other.count, other.ordinals[answer] <= ordinal {
                take(answer, other)
                answer += 1
            }
            for _ in 0..<max(own.weight(row), 0) { ask(row, ordinal, mark.before(ordinal)) }
        }
        while answer < other.count {
            take(answer, other)
            answer += 1
        }
        left.unbind()
        right.unbind()
    }

    private func ask(_ row: Int, _ ordinal: Int64, _ watermark: Int64) {
        let id = rows.append(left, row)
        if leftEncoder.isRejected(row) {
            if rule.keepsLeft { write(id, -1, ordinal) }
            gone.append(id)
            return
        }
        let (key, isNew) = table.findOrInsert(leftEncoder.key(row))
        let payload = table.payload(key)
        if isNew {
            payload.storeBytes(of: -1, as: Int64.self)
            payload.storeBytes(of: -1, toByteOffset: 8, as: Int32.self)
            payload.storeBytes(of: 0, toByteOffset: 12, as: Int32.self)
        }
        let known = payload.load(fromByteOffset: 8, as: Int32.self)
        if known >= 0, !cached.isDue(key) {
            let isThere = payload.load(fromByteOffset: 12, as: Int32.self) != 0
            if isThere || rule.keepsLeft { write(id, isThere ? known : -1, ordinal) }
            gone.append(id)
            return
        }
        let header = rows.writableHeader(id)
        header.storeBytes(of: -1, as: Int32.self)
        header.storeBytes(of: newest, toByteOffset: 4, as: Int32.self)
        header.storeBytes(of: -1, toByteOffset: 8, as: Int32.self)
        header.storeBytes(of: key, toByteOffset: 12, as: Int32.self)
        header.storeBytes(of: watermark, toByteOffset: 16, as: Int64.self)
        if newest >= 0 {
            rows.writableHeader(newest).storeBytes(of: id, toByteOffset: 8, as: Int32.self)
        } else {
            oldest = id
        }
        newest = id
        let last = payload.load(fromByteOffset: 4, as: Int32.self)
        if last >= 0 {
            rows.writableHeader(last).storeBytes(of: id, as: Int32.self)
        } else {
            payload.storeBytes(of: id, as: Int32.self)
            questions.append(key)
        }
        payload.storeBytes(of: id, toByteOffset: 4, as: Int32.self)
    }

    private func take(_ answer: Int, _ batch: Batch) {
        if rightEncoder.isRejected(answer) { return }
        let key = table.find(rightEncoder.key(answer))
        // No row of this join has asked.
        if key < 0 { return }
        let status = right[rule.status].isNull(answer) ? "" : text(rule.status, answer)
        let ordinal = batch.ordinals[answer]
        let isAnswer = status == LookupJoin.found || status == LookupJoin.missing
        dropAnswer(key)
        let id = isAnswer ? answers.append(right, answer) : -1
        let isThere = status == LookupJoin.found
        var row = table.payload(key).load(as: Int32.self)
        while row >= 0 {
            let next = rows.header(row).load(as: Int32.self)
            if isAnswer {
                if isThere || rule.keepsLeft { write(row, isThere ? id : -1, ordinal) }
            } else {
                switch rule.failing {
                case .null: write(row, -1, ordinal)
                case .drop: break
                case .deadLetter:
                    failedRows.append(row)
                    failedOrdinals.append(ordinal)
                    reasons.append(text: right[rule.reason].isNull(answer) ? "no answer" : text(rule.reason, answer))
                }
            }
            unlink(row)
            gone.append(row)
            row = next
        }
        let payload = table.payload(key)
        payload.storeBytes(of: -1, as: Int64.self)
        guard isAnswer, rule.cacheRows > 0, rule.cacheTime > 0 else {
            if id >= 0 { goneAnswers.append(id) }
            table.remove(key)
            return
        }
        payload.storeBytes(of: id, toByteOffset: 8, as: Int32.self)
        payload.storeBytes(of: isThere ? 1 : 0, toByteOffset: 12, as: Int32.self)
        cached.touch(key)
        cachedCount += 1
        while cachedCount > rule.cacheRows, let old = cached.takeOldest() { forget(old) }
    }

    private func text(_ column: Int, _ row: Int) -> String { String(decoding: right[column].text(row), as: UTF8.self) }

    private func key(_ row: Int32) -> Int32 { rows.header(row).load(fromByteOffset: 12, as: Int32.self) }
    private func after(_ row: Int32) -> Int32 { rows.header(row).load(fromByteOffset: 8, as: Int32.self) }

    /// Takes a row out of those that wait.
    private func unlink(_ row: Int32) {
        let (before, after) = (rows.header(row).load(fromByteOffset: 4, as: Int32.self), after(row))
        if before >= 0 {
            rows.writableHeader(before).storeBytes(of: after, toByteOffset: 8, as: Int32.self)
        } else {
            oldest = after
        }
        if after >= 0 {
            rows.writableHeader(after).storeBytes(of: before, toByteOffset: 4, as: Int32.self)
        } else {
            newest = before
        }
    }

    // MARK: Answers that are kept

    private func dropAnswer(_ key: Int32) {
        let payload = table.payload(key)
        let known = payload.load(fromByteOffset: 8, as: Int32.self)
        guard known >= 0 else { return }
        goneAnswers.append(known)
        payload.storeBytes(of: -1, toByteOffset: 8, as: Int32.self)
        cached.remove(key)
        cachedCount -= 1
    }

    /// Forgets the answer to a key that is in the list no more.
    private func forget(_ key: Int32) {
        let payload = table.payload(key)
        let known = payload.load(fromByteOffset: 8, as: Int32.self)
        guard known >= 0 else { return }
        goneAnswers.append(known)
        payload.storeBytes(of: -1, toByteOffset: 8, as: Int32.self)
        cachedCount -= 1
        if payload.load(as: Int32.self) < 0 { table.remove(key) }
    }

    // MARK: Results

    private func write(_ row: Int32, _ answer: Int32, _ ordinal: Int64) {
        outRows.append(row)
        outAnswers.append(answer)
        outOrdinals.append(ordinal)
    }

    private func emit(_ outputs: inout [Delta]) {
        if !outRows.isEmpty {
            outputs[0].batch = Batch(
                columns: rows.columns(outRows) + answers.columns(outAnswers), count: outRows.count,
                ordinals: Ordinals(outOrdinals))
        }
        if !failedRows.isEmpty, outputs.count > 1 {
            outputs[1].batch = Batch(
                columns: rows.columns(failedRows) + [reasons.finish()], count: failedRows.count,
                ordinals: Ordinals(failedOrdinals))
        }
        if !failedRows.isEmpty { reasons = ColumnBuilder(DataType.text) }
        for row in gone { rows.free(row) }
        for answer in goneAnswers { answers.free(answer) }
        outRows.removeAll(keepingCapacity: true)
        outAnswers.removeAll(keepingCapacity: true)
        outOrdinals.removeAll(keepingCapacity: true)
        failedRows.removeAll(keepingCapacity: true)
        failedOrdinals.removeAll(keepingCapacity: true)
        gone.removeAll(keepingCapacity: true)
        goneAnswers.removeAll(keepingCapacity: true)
    }
}
