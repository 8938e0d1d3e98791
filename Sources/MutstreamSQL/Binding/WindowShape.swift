import MutstreamDataflow

/// The kinds of windows of time, by the name of their function.
enum WindowKind: String, CaseIterable {
    case tumble, hop, cumulate, session

    /// The lengths that it takes, in the order in which they are written, by their names in Flink.
    var lengths: [String] {
        switch self {
        case .tumble: ["size"]
        case .hop: ["slide", "size"]
        case .cumulate: ["step", "size"]
        case .session: ["gap"]
        }
    }

    var takesOffset: Bool { self != .session }

    /// What to write, for hints.
    var usage: String {
        switch self {
        case .tumble: "write TUMBLE(relation, time, INTERVAL '1' MINUTE)"
        case .hop: "write HOP(relation, time, INTERVAL '10' SECOND, INTERVAL '1' MINUTE): the slide, then the length"
        case .cumulate: "write CUMULATE(relation, time, INTERVAL '1' HOUR, INTERVAL '1' DAY): the step, then the length"
        case .session: "write SESSION(TABLE relation PARTITION BY key, DESCRIPTOR(time), INTERVAL '10' MINUTE)"
        }
    }
}

/// Windows with their lengths, in microseconds.
enum WindowShape: Equatable {
    case tumble(size: Int64, offset: Int64)
    case spread(WindowExpansion.Rule, offset: Int64)
    case session(gap: Int64)

    /// Windows of a row, at most.
    static let windowsMax: Int64 = 10_000

    init(_ kind: WindowKind, lengths: [Int64], offset: Int64, _ range: SourceRange) throws(SQLError) {
        guard lengths.allSatisfy({ $0 > 0 }) else {
            throw SQLError("a window's length is more than nothing", at: range, hint: kind.usage)
        }
        guard (lengths + [offset]).allSatisfy({ $0.magnitude < 1 << 58 }) else {
            throw SQLError("a window is at most 9000 years long", at: range)
        }
        switch kind {
        case .tumble: self = .tumble(size: lengths[0], offset: offset)
        case .session: self = .session(gap: lengths[0])
        case .hop: self = .spread(.hop(slide: lengths[0], size: lengths[1]), offset: offset)
        case .cumulate:
            guard lengths[1] % lengths[0] == 0 else {
                throw SQLError(
                    "CUMULATE's length of \(PlanPrinter.duration(lengths[1])) is no multiple of its step of "
                        + PlanPrinter.duration(lengths[0]), at: range, hint: kind.usage)
            }
            self = .spread(.cumulate(step: lengths[0], size: lengths[1]), offset: offset)
        }
        if case .spread(let rule, _) = self, rule.windowsMax > WindowShape.windowsMax {
            throw SQLError(
                "a row would fall into \(rule.windowsMax) windows, expected at most \(WindowShape.windowsMax)", at: range,
                hint: "let the \(kind.lengths[0]) be longer")
        }
    }

    /// The length that all of its windows have; nil: they differ.
    var size: Int64? {
        switch self {
        case .tumble(let size, _), .spread(.hop(_, let size), _): size
        case .spread(.cumulate, _), .session: nil
        }
    }
}
