/// Runs the records of one file in one mode.
package final class FileRunner {
    package enum Event: Sendable {
        /// The record is about to run.
        case began(Int)
        case ended(Int, RecordResult)
    }

    private let script: Script
    private let mode: Mode
    private let options: RunOptions
    private let engine: any LogicEngine
    private let judge: (any LogicEngine)?
    private let wanted: Set<Int>
    /// Records that are passed over, with what is known of them.
    private let excluded: Set<Int>
    private let emit: (Event) -> Void
    /// Names whose declaration or rows are not what the file means, with the reason.
    private var lost: [String: String] = [:]
    /// By the name of a relation: those whose definition reads it.
    private var readers: [String: Set<String>] = [:]
    /// Views that wait for their query: nil is well, else why not.
    private var views: [Int: RecordResult?] = [:]

    /// - Parameters:
    ///   - queries: the query records to judge; others are not run unless they change something. Nil: all.
    ///   - judge: when given, only that counts to which it gives the file's answer.
    package init(
        _ script: Script, mode: Mode, queries: Set<Int>? = nil, excluded: Set<Int> = [], options: RunOptions,
        engine: any LogicEngine, judge: (any LogicEngine)? = nil, emit: @escaping (Event) -> Void
    ) {
        self.script = script
        self.mode = mode
        self.options = options
        self.engine = engine
        self.judge = judge
        self.emit = emit
        self.excluded = excluded
        wanted = queries ?? Set(script.records.indices.filter { script.records[$0].isQuery })
    }

    package func run() {
        let plan = ViewPlan(script.records, queries: wanted.subtracting(excluded), mode: mode)
        for (index, record) in script.records.enumerated() {
            for query in plan.creations[index] ?? [] { makeView(query) }
            if excluded.contains(index) {
                lose(record.sql, "a record that ends the engine")
                continue
            }
            switch record.kind {
            case .skipped(let reason): emit(.ended(index, .skipped(reason)))
            case .halt(let reason):
                if let reason { emit(.ended(index, .skipped(reason))) }
                return
            case .statement(let expectation):
                emit(.began(index))
                var result = statement(record.sql, expectation)
                if plan.restarts.contains(index), let problem = engine.restart() {
                    result = .failed("the state cannot be gone on from: \(problem)")
                }
                emit(.ended(index, result))
            case .query(let expectation):
                guard wanted.contains(index) else { continue }
                emit(.began(index))
                let isView = mode != .adhoc && !plan.plain.contains(index)
                let result = isView ? viewQuery(index, record.sql, expectation) : query(record.sql, expectation)
                emit(.ended(index, mode != .adhoc && !isView ? asSkipped(result) : result))
            }
        }
    }

    /// What no view can be made of counts in the mode that runs it as it stands.
    private func asSkipped(_ result: RecordResult) -> RecordResult {
        result.verdict == .passed ? .skipped("no query that a view can have") : result
    }

    // MARK: Statements

    private func runAll(_ sql: String, on engine: any LogicEngine) -> Outcome {
        var last = Outcome.done
        let words = SQLWords(sql)
        let statements = words.statements.count > 1 ? words.statements : [sql]
        for statement in statements {
            last = engine.run(statement)
            if last.failure != nil { break }
        }
        return last
    }

    private func statement(_ sql: String, _ expectation: StatementExpectation) -> RecordResult {
        if let judge {
            let verdict = runAll(sql, on: judge)
            let agrees =
                switch expectation {
                case .maybe: true
                case .error: verdict.failure != nil
                case .ok, .count: verdict.failure == nil
                }
            guard agrees else {
                let failed = verdict.failure != nil
                if !failed { _ = runAll(sql, on: engine) } else { lose(sql, "what the judge refuses") }
                return .skipped("the judge \(failed ? "refuses it: \(verdict.failure ?? "")" : "accepts it")")
            }
        }
        if let reason = reasonLost(sql) {
            lose(sql, reason)
            return .skipped(reason)
        }
        let outcome = runAll(sql, on: engine)
        switch expectation {
        case .maybe: return .passed
        case .error(let pattern): return expectedError(outcome, pattern)
        case .ok, .count: break
        }
        if let message = outcome.failure {
            if let reason = dropsLost(sql) {
                regain(sql)
                return .skipped(reason)
            }
            lose(sql, message)
            return refusal(message)
        }
        if case .rows(let table) = outcome, let problem = table.problems.first {
            lose(sql, problem)
            return .failed("rows failed: \(problem)")
        }
        regain(sql)
        if case .count(let count) = expectation, case .changed(let changed) = outcome, changed != count {
            return .failed("\(changed) rows changed, expected \(count)")
        }
        return .passed
    }

    private func refusal(_ message: String) -> RecordResult {
        options.allowUnsupported && RunOptions.isUnsupported(message) ? .skipped(message) : .failed("error: \(message)")
    }

    private func expectedError(_ outcome: Outcome, _ pattern: ErrorPattern?) -> RecordResult {
        let message: String
        switch outcome {
        case .failed(let text):
            if options.allowUnsupported, RunOptions.isUnsupported(text), !options.dialect.comparesMessages {
                return .skipped(text)
            }
            message = text
        case .rows(let table):
            guard let problem = table.problems.first else { return .failed("no error, though one was expected") }
            message = problem
        case .done, .changed: return .failed("no error, though one was expected")
        }
        if options.dialect.comparesMessages, let pattern, !pattern.matches(message) {
            return .failed("another error than expected: \(message)")
        }
        return .passed
    }

    // MARK: What is lost

    /// After a statement that did not do what the file means, what it touches is not what the file means either.
    private func lose(_ sql: String, _ reason: String) {
        for effect in ViewPlan.effects(SQLWords(sql)) {
            switch effect {
            case .declares(let name), .changes(let name): lose(name: name, reason)
            case .drops: break
            }
        }
    }

    private func lose(name: String, _ reason: String) {
        var waiting = [name]
        while let name = waiting.popLast() {
            if lost[name] != nil { continue }
            lost[name] = reason
            waiting += readers[name, default: []]
        }
    }

    /// After a statement that did what the file means.
    private func regain(_ sql: String) {
        for case .declares(let name) in ViewPlan.effects(SQLWords(sql)) {
            for read in SQLWords(sql).names where read != name { readers[read, default: []].insert(name) }
        }
        guard !lost.isEmpty else { return }
        for effect in ViewPlan.effects(SQLWords(sql)) {
            switch effect {
            case .drops(let name): lost[name] = nil
            case .declares(let name): if SQLWords(sql).leading(1) == ["create"] { lost[name] = nil }
            case .changes: break
            }
        }
    }

    /// A name that is to be dropped and was never there.
    private func dropsLost(_ sql: String) -> String? {
        for case .drops(let name) in ViewPlan.effects(SQLWords(sql)) where lost[name] != nil {
            return "needs \(name), lost by an earlier failure"
        }
        return nil
    }

    private func reasonLost(_ sql: String) -> String? {
        guard !lost.isEmpty else { return nil }
        let words = SQLWords(sql)
        var names = words.names
        // Declared anew or dropped: no matter that it was lost.
        for effect in ViewPlan.effects(words) {
            switch effect {
            case .declares(let name) where words.leading(1) == ["create"]: names.remove(name)
            case .drops(let name): names.remove(name)
            default: break
            }
        }
        guard let name = names.filter({ lost[$0] != nil }).min() else { return nil }
        return "needs \(name), lost by an earlier failure"
    }

    // MARK: Queries

    private func query(_ sql: String, _ expectation: QueryExpectation) -> RecordResult {
        if let disagreement = disagreement(sql, expectation) { return .skipped(disagreement) }
        if let reason = reasonLost(sql) { return .skipped(reason) }
        let outcome = runAll(sql, on: engine)
        if case .error(let pattern) = expectation.result { return expectedError(outcome, pattern) }
        return judged(outcome, expectation, anyOrder: false)
    }

    /// Why the judge says that the file's answer is not the one to give.
    private func disagreement(_ sql: String, _ expectation: QueryExpectation) -> String? {
        guard let judge else { return nil }
        let outcome = runAll(sql, on: judge)
        switch outcome {
        case .failed(let message):
            if case .error = expectation.result { return nil }
            return "the judge refuses it: \(message)"
        case .rows(let table):
            let comparison = Comparison(
                dialect: options.dialect, expectation: expectation, anyOrder: !SQLWords(sql).hasOrder)
            return comparison.difference(table) == nil ? nil : "the judge has another answer"
        case .done, .changed: return nil
        }
    }

    private func judged(_ outcome: Outcome, _ expectation: QueryExpectation, anyOrder: Bool) -> RecordResult {
        let table: ResultTable
        switch outcome {
        case .failed(let message): return refusal(message)
        case .changed(let count):
            if options.dialect.hasRowsOfWords { return .passed }
            table = ResultTable(count: count)
        case .done: return .passed
        case .rows(let rows): table = rows
        }
        let comparison = Comparison(
            dialect: options.dialect, expectation: expectation, anyOrder: anyOrder || !table.isOrdered)
        return comparison.difference(table).map { .failed($0) } ?? .passed
    }

    // MARK: Views

    private func viewName(_ index: Int) -> String { "slt_view_\(index)" }

    private func makeView(_ index: Int) {
        let record = script.records[index]
        guard case .query(let expectation) = record.kind else { return }
        emit(.began(index))
        if let reason = reasonLost(record.sql) {
            views[index] = .skipped(reason)
            return
        }
        let words = SQLWords(record.sql)
        let text = words.withoutOrder ?? words.statements.first ?? record.sql
        // Names of columns need not differ in a query, in a view they must.
        let count = expectation.types.count
        let columns = count > 0 ? " (" + (1...count).map { "c\($0)" }.joined(separator: ", ") + ")" : ""
        let outcome = engine.run("CREATE MATERIALIZED VIEW \(viewName(index))\(columns) AS \(text)")
        guard let message = outcome.failure else {
            views[index] = .some(nil)
            return
        }
        let isRefused = RunOptions.isUnsupported(message) && message.contains("in a view")
        views[index] = isRefused ? .skipped(message) : refusal(message)
    }

    private func viewQuery(_ index: Int, _ sql: String, _ expectation: QueryExpectation) -> RecordResult {
        let made = views.removeValue(forKey: index)
        if let disagreement = disagreement(sql, expectation) {
            if case .some(.none) = made { _ = engine.run("DROP MATERIALIZED VIEW \(viewName(index))") }
            return .skipped(disagreement)
        }
        switch made {
        case .some(.some(let result)): return result
        case .none: return .skipped("its view was not made")
        case .some(.none): break
        }
        defer { _ = engine.run("DROP MATERIALIZED VIEW \(viewName(index))") }
        if let reason = reasonLost(sql) { return .skipped(reason) }
        let outcome = engine.run("SELECT * FROM \(viewName(index))")
        if case .hash = expectation.result, expectation.sort == .none {
            // The digest depends on an order that a view does not keep: the query itself stands in for the file.
            let direct = runAll(sql, on: engine)
            let result = judged(direct, expectation, anyOrder: false)
            guard result == .passed, case .rows(let one) = direct, case .rows(let other) = outcome else { return result }
            let lines = QueryExpectation(
                types: expectation.types, sort: .rows,
                result: .lines(one.texts(.duckdb, letters: "").map { $0.joined(separator: "\t") }))
            let comparison = Comparison(dialect: .duckdb, expectation: lines, anyOrder: true)
            return comparison.difference(other).map { .failed("against the query itself: \($0)") } ?? .passed
        }
        return judged(outcome, expectation, anyOrder: true)
    }
}

extension SQLWords {
    /// The whole query asks for an order.
    var hasOrder: Bool { tokens.contains { $0.depth == 0 && $0.kind == .word && $0.text == "order" } }
}
