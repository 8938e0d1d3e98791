import MutstreamColumnar

/// `SET name = value`: what holds for a pipeline as a whole.
package struct PipelineSettings: Sendable, Hashable {
    /// How many lanes operators with keys have, each with its part of the state.
    package var shards = 1
    /// Bytes of state at which sources are paused; nil: no limit.
    package var maxState: Int?
    /// `state_ttl` in microseconds, where a view says nothing else; nil: keys are kept.
    package var stateTTL: Int64?
    /// How sure a step is before its outputs leave; nil: as the run has it.
    package var durability: Durability?
    package var logRetention = LogRetention()

    package static let shardsMax = 64
    static let ofSessions: Set<String> = ["shards"]
}

/// How sure a step is before its outputs leave.
package enum Durability: String, Sendable, CaseIterable {
    /// No log.
    case none
    /// It survives the end of the process.
    case async
    /// It survives a loss of power.
    case sync
}

/// What of the input log stays though no checkpoint needs it: for a replay.
package struct LogRetention: Sendable, Hashable {
    /// The log may be as large; nil: no matter how large.
    package var bytes: Int? = 1 << 30
    /// Steps stay for so many microseconds; nil: no matter how old.
    package var microseconds: Int64?

    package init() {}
}

extension Binder {
    func bindSetting(_ name: ObjectName, _ value: Expr) throws(SQLError) {
        let known = ["durability", "log_retention", "max_state", "shards", "state_ttl"]
        switch name.text {
        case "durability":
            guard let durability = Durability(rawValue: Binder.settingText(value)) else {
                throw SQLError(
                    "durability: found \(Binder.settingText(value)), expected 'none', 'async' or 'sync'", at: value.range,
                    hint: "'async' survives the end of the process, 'sync' a loss of power")
            }
            plan.settings.durability = durability
        case "log_retention":
            let found = Binder.settingText(value)
            var retention = LogRetention()
            if let bytes = Binder.bytes(found) {
                retention.bytes = bytes
            } else if let time = Binder.duration(found), time > 0 {
                (retention.bytes, retention.microseconds) = (nil, time)
            } else {
                throw SQLError(
                    "log_retention: found \(found), expected a size such as '10GB' or a time such as '7 days'",
                    at: value.range, hint: "what checkpoints need stays in any case")
            }
            plan.settings.logRetention = retention
        case "shards":
            let found = Binder.settingText(value)
            guard let shards = Int(found), (1...PipelineSettings.shardsMax).contains(shards) else {
                throw SQLError(
                    "shards: found \(found), expected a number from 1 to \(PipelineSettings.shardsMax)", at: value.range,
                    hint: "as many as the cores that the pipeline may use")
            }
            plan.settings.shards = shards
        case "max_state":
            let found = Binder.settingText(value)
            guard let bytes = Binder.bytes(found) else {
                throw SQLError(
                    "max_state: found \(found), expected a size such as '512MB' or '2GB'", at: value.range,
                    hint: "units: kB, MB, GB, TB (each 1024 times the one before)")
            }
            plan.settings.maxState = bytes
        case "state_ttl":
            plan.settings.stateTTL = try Binder.stateTTL(Binder.settingText(value), value.range)
            plan.graph.stateTTL = plan.settings.stateTTL
        default:
            throw SQLError(
                "unknown setting \"\(name.text)\"", at: name.range,
                hint: suggestion(for: name.text, among: known).map { "did you mean \($0)?" }
                    ?? "known: \(known.joined(separator: ", "))")
        }
    }

    /// Settings that hold for all of a pipeline, wherever they stand in it.
    func bindSettingsAhead(_ statements: [Statement]) throws(SQLError) {
        for statement in statements {
            if case .set(let name, let value) = statement.kind, name.text == "state_ttl" { try bindSetting(name, value) }
        }
    }

    /// A time to live in microseconds; 0: for ever.
    static func stateTTL(_ written: String, _ range: SourceRange) throws(SQLError) -> Int64 {
        if written == "0" { return 0 }
        guard let length = duration(written), length >= 0 else {
            throw SQLError(
                "state_ttl: found \(written), expected a duration without months such as '1 day'", at: range,
                hint: "'0' keeps state for ever")
        }
        return length
    }

    private static func settingText(_ value: Expr) -> String {
        switch value.kind {
        case .string(let text), .number(let text): text
        default: sql(value)
        }
    }

    /// Microseconds of a time such as '7 days'.
    private static func duration(_ text: String) -> Int64? {
        var copy = text
        let interval = copy.withUTF8 { bytes -> Interval? in
            do throws(TextCodecError) { return try TextCodec.parseInterval(UnsafeRawBufferPointer(bytes)) } catch {
                return nil
            }
        }
        return interval?.exactMicroseconds
    }

    /// A size as PostgreSQL writes it: a number, perhaps a unit.
    static func bytes(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0 else { return nil }
        let units = ["": 0, "b": 0, "kb": 1, "mb": 2, "gb": 3, "tb": 4]
        guard let power = units[trimmed.dropFirst(digits.count).lowercased()] else { return nil }
        var result = number
        for _ in 0..<power {
            let (product, overflows) = result.multipliedReportingOverflow(by: 1024)
            if overflows { return nil }
            result = product
        }
        return result
    }
}
