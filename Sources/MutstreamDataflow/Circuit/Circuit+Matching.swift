import MutstreamColumnar

/// What two circuits are compared by, node by node: what does the same with the same rows has the same state, and can hand
/// it over.
extension Circuit {
    /// What a node does.
    package enum Role {
        case input
        case operation(any Operator)
        case exchange(Exchange.Rule)
        case delay(from: Edge?)
    }

    package func role(of node: Int) -> Role {
        switch nodes[node].kind {
        case .input: return .input
        case .exchange(let exchange): return .exchange(exchange.rule)
        case .delay(let source): return .delay(from: source)
        case .operation:
            guard let operation = nodes[node].lanes[0].operation else { return .input }
            return .operation(operation)
        }
    }

    /// The edges that a node reads within a step.
    package func inputs(of node: Int) -> [Edge] { nodes[node].inputs }
    package func lanes(of node: Int) -> Int { nodes[node].lanes.count }

    /// By output: how its columns lie in memory.
    package func layout(of node: Int) -> [[DataType.Physical]] {
        nodes[node].lanes[0].empty.map { $0.columns.map(\.physical) }
    }

    /// Takes over the state of a node that does the same.
    package func adopt(_ node: Int, from old: Circuit, _ other: Int) throws(StateDamage) {
        let coder = StateCoder()
        try old.nodes[other].code(coder)
        let reader = StateCoder(reading: coder.bytes)
        try nodes[node].code(reader)
        try reader.end()
    }

    /// The rows of a table with a primary key; nil: the node is none.
    package func contents(of node: Int) -> Batch? {
        let parts = nodes[node].lanes.compactMap { ($0.operation as? UpsertTable)?.contents }
        return parts.isEmpty ? nil : Batch.concatenate(parts)
    }

    /// Whether what a node gives depends on earlier steps.
    package func keepsState(_ node: Int) -> Bool {
        if case .delay = nodes[node].kind { return true }
        guard let operation = nodes[node].lanes[0].operation else { return false }
        return !(operation is any StatelessOperator) && !(operation is ConstantRows)
    }

    /// The given nodes and all from which rows come to them.
    package func upstream(of starts: Set<Int>) -> Set<Int> {
        var found = starts
        var open = Array(starts)
        while let number = open.popLast() {
            var inputs = nodes[number].inputs
            if case .delay(let source?) = nodes[number].kind { inputs.append(source) }
            for edge in inputs where found.insert(edge.node).inserted { open.append(edge.node) }
        }
        return found
    }

    package func origin(of node: Int) -> Int? { nodes[node].origin }
    package func label(of node: Int) -> String { nodes[node].label }
    package var nodeNumbers: Range<Int> { nodes.indices }
    /// The node of an input, by the number that ``addInput(types:label:)`` gave.
    package func node(ofInput number: Int) -> Int { inputNodes[number] }
    package func node(of operation: any Operator) -> Int? {
        nodes.firstIndex { node in node.lanes.contains { $0.operation === operation } }
    }
}
