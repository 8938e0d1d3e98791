import MutstreamColumnar
import MutstreamDataflow

/// The number of a node in its ``PlanGraph``. A node's inputs have smaller numbers.
package struct NodeID: Sendable, Hashable, Comparable {
    package var index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (lhs: NodeID, rhs: NodeID) -> Bool { lhs.index < rhs.index }
}

/// One relational operator over column numbers; names are kept for people only.
package struct PlanNode: Sendable {
    package indirect enum Kind: Sendable, Hashable {
        /// A stream that enters: the rows of a source or table, its late rows, or its rejected rows.
        case input(source: Int, part: InputPart)
        /// Rows that are there from the first step on.
        case values([[Value]], [DataType])
        case filter(NodeID, Expression)
        case project(NodeID, [Expression])
        case join(JoinPlan)
        /// Rolling frames of rows as they arrive.
        case frames(FramesPlan)
        /// Window functions over what the input holds, kept up to date.
        case windows(WindowsPlan)
        case aggregate(AggregatePlan)
        /// Adds one column: the model's answer to the argument columns.
        case predict(NodeID, model: Int, arguments: [Int])
        case union([NodeID])
        /// DISTINCT (one input), INTERSECT and EXCEPT (two) by the count of each row.
        case counted(CountedKind, [NodeID])
        /// The first rows of each partition.
        case top(TopPlan)
        case unnest(UnnestPlan)
        /// Windows, sessions, joins in time, conditions on the clock.
        case temporal(TemporalPlan)
        /// The rows that failed in a view, given as (reason, raw, length).
        case failures(of: NodeID, view: String)
    }

    package enum InputPart: String, Sendable, Hashable {
        case rows, late, deadLetter = "dead_letter"
        /// The rows of a table as they came, each a version of its key.
        case versions
    }

    package var kind: Kind
    package var fields: [Field]
    /// The view or sink whose expressions stand here: its dead letter receives the rows that fail.
    package var owner: String
    /// The `state_ttl` that holds where the node was written, in microseconds (``PlanGraph/timeToLive(_:_:)``).
    package var stateTTL: Int64?

    package var inputs: [NodeID] {
        switch kind {
        case .input, .values: []
        case .filter(let input, _), .project(let input, _), .predict(let input, _, _), .failures(let input, _): [input]
        case .join(let join): [join.left, join.right]
        case .frames(let frames): [frames.input]
        case .windows(let windows): [windows.input]
        case .aggregate(let aggregate): [aggregate.input]
        case .union(let inputs), .counted(_, let inputs): inputs
        case .top(let top): [top.input]
        case .unnest(let unnest): [unnest.input]
        case .temporal(let temporal): temporal.inputs
        }
    }
}

extension PlanNode.Kind {
    var isSource: Bool {
        switch self {
        case .input, .values: true
        default: false
        }
    }

    /// The same over other inputs.
    package func mapInputs(_ map: (NodeID) -> NodeID) -> PlanNode.Kind {
        switch self {
        case .input, .values: return self
        case .filter(let input, let predicate): return .filter(map(input), predicate)
        case .project(let input, let expressions): return .project(map(input), expressions)
        case .join(var join):
            (join.left, join.right) = (map(join.left), map(join.right))
            return .join(join)
        case .frames(var frames):
            frames.input = map(frames.input)
            return .frames(frames)
        case .windows(var windows):
            windows.input = map(windows.input)
            return .windows(windows)
        case .aggregate(var aggregate):
            aggregate.input = map(aggregate.input)
            return .aggregate(aggregate)
        case .predict(let input, let model, let arguments): return .predict(map(input), model: model, arguments: arguments)
        case .union(let inputs): return .union(inputs.map(map))
        case .counted(let kind, let inputs): return .counted(kind, inputs.map(map))
        case .top(var top):
            top.input = map(top.input)
            return .top(top)
        case .unnest(var unnest):
            unnest.input = map(unnest.input)
            return .unnest(unnest)
        case .temporal(var temporal):
            temporal.inputs = temporal.inputs.map(map)
            return .temporal(temporal)
        case .failures(let input, let view): return .failures(of: map(input), view: view)
        }
    }
}

package enum CountedKind: String, Sendable, Hashable { case distinct, intersect, intersectAll, except, exceptAll }

/// Output: the columns of the left input, then those of the right (semi, anti: of the left only).
package struct JoinPlan: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable {
        /// Each left row meets the right side as it is when the row arrives.
        case arrival
        /// Net changes of the join of both sides.
        case maintained
    }
    package enum Kind: String, Sendable, Hashable { case inner, left, full, semi, anti }

    package var kind: Kind
    package var left: NodeID
    package var right: NodeID
    package var mode: Mode
    /// Pairs of equal columns (left number, right number).
    package var keys: [KeyPair] = []
    /// Over left columns then right columns.
    package var residual: Expression?
    package var time: TimeBounds?

    package struct KeyPair: Sendable, Hashable {
        package var left: Int
        package var right: Int
        /// IS NOT DISTINCT FROM: NULL meets NULL.
        package var nullSafe = false
    }

    /// `lower <= right - left <= upper`, in microseconds.
    package struct TimeBounds: Sendable, Hashable {
        package var left: Int
        package var right: Int
        package var lower: Int64?
        package var upper: Int64?
    }

    /// The right side's columns are in the output.
    var hasRightColumns: Bool { kind != .semi && kind != .anti }
    /// Left rows without a match stay.
    var keepsLeft: Bool { kind == .left || kind == .full || kind == .anti }
}

/// Output: the columns of the input, then one column a call.
package struct FramesPlan: Sendable, Hashable {
    package var input: NodeID
    package var partition: [Int]
    package var order: Int?
    package var frames: [Frame]
    package var calls: [AggregateSpec]

    package struct Frame: Sendable, Hashable {
        package var isRows: Bool
        /// Units of the order column, or rows; nil: unbounded.
        package var preceding: Int64?
        /// The frame ends so many units or rows before the current row; 0: at it.
        package var end: Int64 = 0
    }
}

/// Output: the columns of the input, then one column a call.
package struct WindowsPlan: Sendable, Hashable {
    package var input: NodeID
    package var partition: [Int]
    package var order: [SortItem]
    package var calls: [WindowCall]
}

/// Output: the key columns, then one column a call.
package struct AggregatePlan: Sendable, Hashable {
    package var input: NodeID
    package var keys: [Int]
    package var calls: [AggregateSpec]
    /// Position among the keys of the window's end: groups leave when the watermark passes it. Nil: maintained.
    package var closeKey: Int?
    /// The keys that are the column of `closeKey` stand for sliding windows; it holds the end of a row's pane.
    package var sliding: Sliding? = nil

    package struct Sliding: Sendable, Hashable {
        package var windows: SlidingWindows
        /// Positions among the keys of the window's start.
        package var starts: [Int]
    }
}

/// Output: the columns of the input, and with a rank the place of the row in its partition, from 1 on.
package struct TopPlan: Sendable, Hashable {
    package var input: NodeID
    package var partition: [Int]
    package var order: [SortItem]
    /// Nil: all from `offset` on.
    package var limit: Int?
    package var offset: Int
    package var withTies: Bool
    /// Not together with `withTies`.
    package var withRank = false
}

/// Output: the columns of the input, one column for each array, then perhaps the ordinality.
package struct UnnestPlan: Sendable, Hashable {
    package var input: NodeID
    package var arrays: [Int]
    package var withOrdinality: Bool
    /// Rows whose arrays are empty or NULL stay, with NULLs.
    package var isOuter: Bool
}

/// All plans of a pipeline in one graph: equal nodes are one node, so what several views and sinks share runs once.
package struct PlanGraph: Sendable {
    package private(set) var nodes: [PlanNode] = []
    private var known: [Key: NodeID] = [:]
    /// What nodes get that are added from here on.
    package var stateTTL: Int64?

    private struct Key: Hashable {
        var kind: PlanNode.Kind
        var owner: String
        var stateTTL: Int64?
    }

    package init() {}

    package subscript(_ id: NodeID) -> PlanNode { nodes[id.index] }

    package func types(_ id: NodeID) -> [DataType] { self[id].fields.map(\.type) }

    /// The node of this kind, new or known. `owner` counts only where an expression can fail.
    package mutating func add(_ kind: PlanNode.Kind, fields: [Field], owner: String) -> NodeID {
        let owner = PlanGraph.mayFail(kind) ? owner : ""
        let stateTTL = kind.isSource ? nil : stateTTL
        let key = Key(kind: kind, owner: owner, stateTTL: stateTTL)
        if let id = known[key] { return id }
        let id = NodeID(nodes.count)
        nodes.append(PlanNode(kind: kind, fields: fields, owner: owner, stateTTL: stateTTL))
        known[key] = id
        return id
    }

    private static func mayFail(_ kind: PlanNode.Kind) -> Bool {
        switch kind {
        case .filter(_, let predicate): predicate.mayFail
        case .project(_, let expressions): expressions.contains(where: \.mayFail)
        case .frames, .aggregate, .windows: true
        case .join(let join): join.residual?.mayFail ?? false
        case .temporal(let temporal): temporal.mayFail
        default: false
        }
    }

    /// The nodes that any root needs, inputs first.
    package func reachable(from roots: [NodeID]) -> [NodeID] {
        var seen = [Bool](repeating: false, count: nodes.count)
        var stack = roots
        while let id = stack.popLast() {
            if seen[id.index] { continue }
            seen[id.index] = true
            stack.append(contentsOf: self[id].inputs)
        }
        return seen.indices.filter { seen[$0] }.map { NodeID($0) }
    }

    /// What follows for a node from what holds of its inputs. Every node beneath is looked at once, inputs first, however
    /// many read it: views that read a view twice, level upon level, cost no more than their number.
    func derive<Property>(_ id: NodeID, _ rule: (NodeID, PlanNode, (NodeID) -> Property) -> Property) -> Property {
        var known: [NodeID: Property] = [:]
        func property(_ id: NodeID) -> Property {
            guard let value = known[id] else { preconditionFailure("the inputs of a node come before it") }
            return value
        }
        for below in reachable(from: [id]) {
            let value = rule(below, self[below], property)
            known[below] = value
        }
        return property(id)
    }

    /// No row is ever taken back.
    package func isAppendOnly(_ id: NodeID, _ isStream: (Int) -> Bool) -> Bool {
        derive(id) { _, node, isAppendOnly in
            switch node.kind {
            case .input(let source, let part): part != .rows || isStream(source)
            case .values: true
            case .join(let join):
                isAppendOnly(join.left)
                    && (join.mode == .arrival
                        || isAppendOnly(join.right) && (join.kind == .inner || join.kind == .semi))
            case .aggregate(let aggregate): aggregate.closeKey != nil
            case .windows, .top: false
            case .temporal(let temporal):
                switch temporal.operation {
                case .windows, .arrivalTime, .lookup: isAppendOnly(temporal.inputs[0])
                case .sessions(_, _, _, let closes): closes
                case .closing: true
                case .asof(let asof): asof.arrives
                case .validity(_, let until): until == nil && isAppendOnly(temporal.inputs[0])
                case .match(_, let isStream): isStream
                }
            case .counted(let kind, let inputs):
                (kind == .distinct || kind == .intersect || kind == .intersectAll) && inputs.allSatisfy(isAppendOnly)
            default: node.inputs.allSatisfy(isAppendOnly)
            }
        }
    }

    /// The streams whose rows' arrival each row of this node answers, with the same ordinal; empty where there are none.
    package func drivingStreams(_ id: NodeID) -> Set<Int> {
        derive(id) { _, node, drivingStreams in
            switch node.kind {
            case .input(let source, let part): part == .rows ? [source] : []
            case .join(let join): join.mode == .arrival ? drivingStreams(join.left) : []
            case .aggregate, .failures, .windows, .top, .counted: []
            case .temporal(let temporal):
                switch temporal.operation {
                case .windows, .arrivalTime: drivingStreams(temporal.inputs[0])
                case .asof(let asof): asof.arrives ? drivingStreams(temporal.inputs[0]) : []
                case .sessions, .validity, .lookup, .match, .closing: []
                }
            default: node.inputs.reduce(into: []) { $0.formUnion(drivingStreams($1)) }
            }
        }
    }

    /// Some answer of the model is needed to compute this node.
    package func dependsOnAnswers(of model: Int, _ id: NodeID) -> Bool {
        reachable(from: [id]).contains {
            if case .predict(_, model, _) = self[$0].kind { true } else { false }
        }
    }
}
