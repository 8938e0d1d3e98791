/// Which operators close all at once, though it be much: those behind which it would show that rows with one ordinal come in
/// several steps.
///
/// Windows that one row closes have its ordinal. They may leave in several steps unless an operator behind them lets rows of
/// one ordinal see each other (OVER under EMIT ON ARRIVAL), or lets them see what else has that ordinal (a join under EMIT
/// ON ARRIVAL that they drive, a model), or minds the order in which they come after the rows of several such operators, or
/// lanes, were put together.
struct ClosingOrder {
    private(set) var whole: Set<Int> = []
    /// By node: the closing operators that it and what it reads have.
    private var closing: [Set<Int>] = []
    /// By node: the inputs of the circuit that it comes from.
    private var origins: [Set<Int>] = []
    /// By node: rows of several closing operators, or lanes, have come together.
    private var isMixed: [Bool] = []

    init(_ nodes: [CircuitNode]) {
        for (number, node) in nodes.enumerated() {
            let below = node.inputs.map { closing[$0.node] }
            let all = below.reduce(into: Set<Int>()) { $0.formUnion($1) }
            var isMixed = node.inputs.contains { self.isMixed[$0.node] } || below.count { !$0.isEmpty } > 1
            if case .exchange = node.kind, !all.isEmpty, nodes[node.inputs[0].node].isWide { isMixed = true }
            if let sense = node.lanes[0].operation?.ordinalSense, !all.isEmpty {
                switch sense {
                case .none: break
                case .order: if isMixed { whole.formUnion(all) }
                case .peers: whole.formUnion(all)
                case .others(let driver):
                    if isMixed || seesOthers(node, driver: driver, of: all) { whole.formUnion(all) }
                }
            }
            self.isMixed.append(isMixed)
            closing.append(node.lanes[0].closing == nil ? all : all.union([number]))
            let origins = node.inputs.reduce(into: Set<Int>()) { $0.formUnion(self.origins[$1.node]) }
            self.origins.append(node.inputs.isEmpty ? [number] : origins)
        }
    }

    /// Whether rows that close meet rows of the inputs that close them.
    private func seesOthers(_ node: CircuitNode, driver: Int?, of all: Set<Int>) -> Bool {
        let raising = all.reduce(into: Set<Int>()) { $0.formUnion(origins[$1]) }
        return node.inputs.indices.contains { input in
            if closing[node.inputs[input].node].isEmpty { return false }
            if let driver, driver != input { return false }
            return node.inputs.indices.contains { $0 != input && !origins[node.inputs[$0].node].isDisjoint(with: raising) }
        }
    }
}
