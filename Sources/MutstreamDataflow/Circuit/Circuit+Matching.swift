import MutstreamColumnar

/// Two circuits compared node by node: what does the same with the same rows has the same state, and can hand it over.
extension Circuit {
    /// By node of `new`: the node of `old` that does the same and reads from nodes that do the same.
    ///
    /// - Parameter text: what a node does, as far as its label, types and inputs do not say it.
    package static func matching(
        _ new: Circuit, _ old: Circuit, newText: (Int) -> String, oldText: (Int) -> String
    ) -> [Int: Int] {
        var known: [String: Int] = [:]
        let oldClasses = old.classes(oldText, &known)
        let newClasses = new.classes(newText, &known)
        let byClass = Dictionary(zip(oldClasses, old.nodes.indices).map { ($0, $1) }) { first, _ in first }
        var result: [Int: Int] = [:]
        for (node, number) in zip(new.nodes.indices, newClasses) {
            if let other = byClass[number] { result[node] = other }
        }
        return result
    }

    /// A number for each node, equal for nodes that do the same, in all circuits compared with one `known`.
    private func classes(_ text: (Int) -> String, _ known: inout [String: Int]) -> [Int] {
        var texts: [String] = []
        for (number, node) in nodes.enumerated() {
            let types = node.lanes[0].empty.map { batch in batch.columns.map { "\($0.physical)" }.joined(separator: " ") }
            var own = "\(node.label)\n\(types)\n\(node.lanes.count)\n\(text(number))"
            if case .exchange(let exchange) = node.kind { own += "\n\(exchange.rule)" }
            texts.append(own)
        }
        // What a delay brings comes from behind it: known once all have a number.
        var result = [Int](repeating: -1, count: nodes.count)
        for _ in 0..<2 {
            let before = result
            for (number, node) in nodes.enumerated() {
                var own = texts[number]
                for edge in node.inputs { own += "\n\(result[edge.node]).\(edge.port)" }
                if case .delay(let source?) = node.kind { own += "\nfrom \(before[source.node]).\(source.port)" }
                let next = known.count
                result[number] = known[own] ?? next
                if result[number] == next { known[own] = next }
            }
        }
        return result
    }

    /// Takes over the state of a node that does the same.
    package func adopt(_ node: Int, from old: Circuit, _ other: Int) throws(StateDamage) {
        let coder = StateCoder()
        try old.nodes[other].code(coder)
        let reader = StateCoder(reading: coder.bytes)
        try nodes[node].code(reader)
        try reader.end()
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
