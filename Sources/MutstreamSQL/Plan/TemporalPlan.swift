import MutstreamColumnar
import MutstreamDataflow

/// An operator that works with event time or with the clock.
///
/// Output: the columns of the inputs, one input after the other, then those that the operation adds.
package struct TemporalPlan: Sendable, Hashable {
    package enum Operation: Sendable, Hashable {
        /// HOP and CUMULATE; adds the start and the end of the window. `start` is the last aligned start.
        case windows(start: Int, time: Int, rule: WindowExpansion.Rule)
        /// SESSION; adds the start and the end of the session. `closes`: rows leave once, when it has ended.
        case sessions(time: Int, partition: [Int], gap: Int64, closes: Bool)
        /// ASOF JOIN of two inputs.
        case asof(AsofPlan)
        /// Rows are there from one time of the clock on or until another one.
        case validity(from: Int?, until: Int?)
        /// Adds the clock at which the row came.
        case arrivalTime
        /// Rows wait for answers from outside, which are the second input.
        case lookup(source: Int, LookupJoin.Rule)
        /// EMIT ON WINDOW CLOSE: what a window holds leaves once, when the watermark has reached the column and so much more.
        case closing(end: Int, distance: Int64)
        /// MATCH_RECOGNIZE; adds what the measures ask. `isStream`: rows are taken in the order of the watermark.
        case match(MatchSpec, isStream: Bool)
    }

    package var operation: Operation
    package var inputs: [NodeID]

    /// Names of the columns that the operation adds.
    var addedNames: [String] {
        switch operation {
        case .windows, .sessions: ["window_start", "window_end"]
        case .arrivalTime: ["proctime"]
        case .asof, .validity, .lookup, .closing: []
        case .match(let spec, _): spec.measureSlots.map { _ in "" }
        }
    }

    /// Rows can fail here and go to the dead letter.
    var mayFail: Bool {
        switch operation {
        case .match, .windows: true
        case .lookup(_, let rule): rule.failing == .deadLetter
        case .sessions, .asof, .validity, .arrivalTime, .closing: false
        }
    }

    /// Columns of an input without which the operation cannot do.
    func columnsRead(of input: Int) -> [Int] {
        switch operation {
        case .windows(let start, let time, _): [start, time]
        case .sessions(let time, let partition, _, _): partition + [time]
        case .asof(let asof): input == 0 ? asof.leftKeys + [asof.leftTime] : asof.rightKeys + [asof.rightTime]
        case .validity(let from, let until): [from, until].compactMap { $0 }
        case .arrivalTime: []
        case .closing(let end, _): [end]
        case .lookup(_, let rule): input == 0 ? rule.leftKeys : rule.rightKeys + [rule.status, rule.reason]
        case .match(let spec, _): spec.columnsRead
        }
    }

    /// Of a condition on some columns of the first input: whether it can as well be put below the operation.
    func commutes(withConditionOn columns: [Int]) -> Bool {
        switch operation {
        case .windows, .validity, .arrivalTime, .closing: true
        case .sessions(_, let partition, _, _): Set(partition).isSuperset(of: columns)
        case .asof, .lookup: false
        case .match(let spec, _): Set(spec.partition).isSuperset(of: columns)
        }
    }

    /// The same over inputs whose columns have moved.
    package func remapped(_ inputs: [NodeID], _ place: (_ input: Int, _ column: Int) -> Int) -> TemporalPlan {
        var new = TemporalPlan(operation: operation, inputs: inputs)
        switch operation {
        case .windows(let start, let time, let rule):
            new.operation = .windows(start: place(0, start), time: place(0, time), rule: rule)
        case .sessions(let time, let partition, let gap, let closes):
            new.operation = .sessions(
                time: place(0, time), partition: partition.map { place(0, $0) }, gap: gap, closes: closes)
        case .asof(var asof):
            asof.leftKeys = asof.leftKeys.map { place(0, $0) }
            asof.rightKeys = asof.rightKeys.map { place(1, $0) }
            asof.leftTime = place(0, asof.leftTime)
            asof.rightTime = place(1, asof.rightTime)
            new.operation = .asof(asof)
        case .validity(let from, let until):
            new.operation = .validity(from: from.map { place(0, $0) }, until: until.map { place(0, $0) })
        case .arrivalTime: break
        case .closing(let end, let distance): new.operation = .closing(end: place(0, end), distance: distance)
        case .lookup(let source, var rule):
            rule.leftKeys = rule.leftKeys.map { place(0, $0) }
            rule.rightKeys = rule.rightKeys.map { place(1, $0) }
            rule.status = place(1, rule.status)
            rule.reason = place(1, rule.reason)
            new.operation = .lookup(source: source, rule)
        case .match(let spec, let isStream):
            new.operation = .match(spec.remapped { place(0, $0) }, isStream: isStream)
        }
        return new
    }

    /// In one line, over the columns of the inputs.
    func label(_ names: [[String]]) -> String {
        let name = { (input: Int, column: Int) -> String in
            guard names.indices.contains(input), names[input].indices.contains(column), !names[input][column].isEmpty
            else { return "$\(column)" }
            return names[input][column]
        }
        switch operation {
        case .windows(_, let time, .hop(let slide, let size)):
            return "windows of \(PlanPrinter.duration(size)) every \(PlanPrinter.duration(slide)) of \(name(0, time))"
        case .windows(_, let time, .cumulate(let step, let size)):
            return "windows up to \(PlanPrinter.duration(size)) by \(PlanPrinter.duration(step)) of \(name(0, time))"
        case .sessions(let time, let partition, let gap, let closes):
            let keys = partition.isEmpty ? "" : " of each \(partition.map { name(0, $0) }.joined(separator: ", "))"
            let end = closes ? " when the watermark passes them" : ""
            return "sessions\(keys) by gaps of \(PlanPrinter.duration(gap)) in \(name(0, time))\(end)"
        case .asof(let asof):
            let keys = zip(asof.leftKeys, asof.rightKeys).map { "\(name(0, $0)) = \(name(1, $1))" }
            let sign = (asof.rule.isBackward ? ">" : "<") + (asof.rule.orEqual ? "=" : "")
            let time = "\(name(0, asof.leftTime)) \(sign) \(name(1, asof.rightTime))"
            let kind = "asof \(asof.keepsLeft ? "left " : "")join\(asof.arrives ? " on arrival" : "")"
            return "\(kind) on \((keys + [time]).joined(separator: " and "))"
        case .validity(let from, let until):
            let parts = [from.map { "from \(name(0, $0))" }, until.map { "until \(name(0, $0))" }].compactMap { $0 }
            return "while the clock is \(parts.joined(separator: " and "))"
        case .arrivalTime: return "clock at arrival"
        case .closing(let end, let distance):
            let delay = distance == 0 ? "" : distance > 0 ? " by \(PlanPrinter.duration(distance))" : " nearly"
            return "when the watermark passes \(name(0, end))\(delay)"
        case .lookup(_, let rule):
            let keys = zip(rule.leftKeys, rule.rightKeys).map { "\(name(0, $0)) = \(name(1, $1))" }
            return "lookup \(rule.keepsLeft ? "left " : "")join on \(keys.joined(separator: " and "))"
        case .match(let spec, let isStream):
            let keys = spec.partition.isEmpty ? "" : " of each \(spec.partition.map { name(0, $0) }.joined(separator: ", "))"
            let order = spec.order.map { name(0, $0.column) + ($0.descending ? " desc" : "") }.joined(separator: ", ")
            let within = spec.within.map { " within \(PlanPrinter.duration($0))" } ?? ""
            return "match \(spec.pattern.text(spec.variables))\(within) in rows\(keys) by \(order)"
                + (spec.allRows ? ", all rows" : "") + (isStream ? ", when the watermark passes them" : "")
        }
    }
}

package struct AsofPlan: Sendable, Hashable {
    package var leftKeys: [Int]
    package var rightKeys: [Int]
    package var leftTime: Int
    package var rightTime: Int
    package var rule: AsofJoin.Rule
    package var keepsLeft: Bool
    /// Left rows are answered once, when they come.
    package var arrives: Bool
}

extension RowPattern {
    /// As it is written in PATTERN.
    func text(_ names: [String]) -> String {
        switch self {
        case .variable(let variable): return names.indices.contains(variable) ? names[variable] : "?"
        case .sequence(let parts): return "(" + parts.map { $0.text(names) }.joined(separator: " ") + ")"
        case .alternation(let parts): return "(" + parts.map { $0.text(names) }.joined(separator: " | ") + ")"
        case .repeated(let inner, let minimum, let maximum, let isReluctant):
            let most = maximum.map { "\($0)" } ?? ""
            return inner.text(names) + "{\(minimum),\(most)}" + (isReluctant ? "?" : "")
        }
    }
}
