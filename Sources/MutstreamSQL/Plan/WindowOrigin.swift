import MutstreamColumnar
import MutstreamDataflow

/// Where the starts and ends of windows come from: two columns of one origin are at a fixed distance in every row, so what is
/// known of one is known of the other.
struct WindowOrigin: Hashable {
    indirect enum Base: Hashable {
        case column(NodeID, Int)
        case computed(NodeID, Expression)
        /// The panes of an aggregate over sliding windows.
        case panes(NodeID)
        /// Of the sides of a union, each with its distance from that of the first.
        case sides([Base], [Int64])
    }

    var base: Base
    /// How far behind the base, in microseconds.
    var shift: Int64 = 0

    private init(_ base: Base, _ shift: Int64) {
        self.base = base
        self.shift = shift
    }

    /// Of a column of a node.
    init(_ node: NodeID, _ column: Int, in graph: PlanGraph, depth: Int = 0) {
        var (node, column, shift) = (node, column, Int64(0))
        while true {
            let inputs = graph[node].inputs
            switch graph[node].kind {
            case .filter, .predict, .frames, .windows, .unnest, .top:
                guard column < graph[inputs[0]].fields.count else { break }
                node = inputs[0]
                continue
            case .counted where inputs.count == 1:
                node = inputs[0]
                continue
            case .project(let input, let expressions):
                var expression = expressions[column]
                while case .call(let function, let operands) = expression.node, function == .add || function == .subtract,
                    operands.count == 2, case .interval(let interval)? = operands[1].literalValue,
                    let length = interval.exactMicroseconds
                {
                    shift = function == .add ? shift &+ length : shift &- length
                    expression = operands[0]
                }
                guard let below = PlanGraph.plain(expression) else {
                    self.init(.computed(input, expression), shift)
                    return
                }
                (node, column) = (input, below)
                continue
            case .join(let join):
                let width = graph[join.left].fields.count
                (node, column) = column < width ? (join.left, column) : (join.right, column - width)
                continue
            case .aggregate(let aggregate) where column < aggregate.keys.count:
                if let sliding = aggregate.sliding {
                    guard let close = aggregate.closeKey, aggregate.keys[column] == aggregate.keys[close] else { break }
                    self.init(.panes(node), sliding.starts.contains(column) ? shift : shift &+ sliding.windows.size)
                    return
                }
                (node, column) = (aggregate.input, aggregate.keys[column])
                continue
            case .temporal(let temporal):
                let width = graph[inputs[0]].fields.count
                if column < width {
                    node = inputs[0]
                    continue
                }
                if case .windows(_, _, .hop(_, let size)) = temporal.operation, column == width + 1 {
                    self.init(.column(node, width), shift &+ size)
                    return
                }
            case .union where depth < 8:
                let sides = inputs.map { WindowOrigin($0, column, in: graph, depth: depth + 1) }
                guard let first = sides.first else { break }
                self.init(.sides(sides.map(\.base), sides.map { $0.shift &- first.shift }), shift &+ first.shift)
                return
            default: break
            }
            self.init(.column(node, column), shift)
            return
        }
    }
}

extension PlanGraph {
    /// What holds of the columns of rows that leave when the watermark reaches `end`, a column of theirs, and `distance`:
    /// those of one origin with it are as far ahead of the watermark as it is.
    func leaving(_ node: NodeID, _ columns: [Int], _ below: TimeColumns, at end: Int, _ distance: Int64) -> [Int: WindowTime]
    {
        let origin = WindowOrigin(node, end, in: self)
        var result: [Int: WindowTime] = [:]
        for (index, column) in columns.enumerated() {
            guard let known = below.promise(column) else { continue }
            let own = column == end ? origin : WindowOrigin(node, column, in: self)
            guard own.base == origin.base else { continue }
            result[index] = WindowTime(
                distance: distance &- (own.shift &- origin.shift), period: known.period, phase: known.phase)
        }
        return result
    }
}
