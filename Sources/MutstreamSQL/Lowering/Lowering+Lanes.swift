import MutstreamColumnar
import MutstreamDataflow

/// Where operators run: those with keys in all lanes, each with the rows of its keys; others in one.
///
/// With one lane everything is narrow, and nothing here adds a node.
extension Lowering {
    enum Placement: Hashable {
        case narrow
        /// In all lanes, by the hash of these columns; nil: it cannot be said from the columns.
        case lanes([Int]?)
    }

    struct Exchanged: Hashable {
        var edge: Edge
        var rule: Exchange.Rule
    }

    private func placement(_ edge: Edge) -> Placement { placements[edge] ?? .narrow }

    // MARK: Operators

    /// An operator that treats rows with equal keys together and others apart.
    /// - Parameters:
    ///   - keys: the key columns of each input, one for one.
    ///   - keeps: where the keys are in output 0; nil: some of its rows are without them.
    func keyed(
        _ inputs: [Edge], _ keys: [[Int]], keeps: [Int]?, outputTypes: [[DataType]], label: String,
        _ make: () -> any Operator
    ) -> [Edge] {
        let count = keys[0].count
        if circuit.lanes == 1 || count == 0 {
            return circuit.add(make(), inputs: inputs.map { narrow($0) }, outputTypes: outputTypes, label: label)
        }
        // Rows that are placed by some of the keys stay where they are.
        var positions = Array(0..<count)
        for (input, columns) in zip(inputs, keys) {
            guard case .lanes(let placed?) = placement(input) else { continue }
            let known = placed.compactMap { columns.firstIndex(of: $0) }
            if known.count == placed.count {
                positions = known
                break
            }
        }
        let placed = zip(inputs, keys).map { input, columns in hashed(input, positions.map { columns[$0] }) }
        let outputs = circuit.addWide(inputs: placed, outputTypes: outputTypes, label: label, make)
        for output in outputs { placements[output] = .lanes(nil) }
        if let keeps { placements[outputs[0]] = .lanes(positions.map { keeps[$0] }) }
        return outputs
    }

    /// An operator that looks at each row alone.
    /// - Parameter moved: where a column of the input is in output 0.
    func anywhere(
        _ input: Edge, outputTypes: [[DataType]], label: String, moved: (Int) -> Int?, _ make: () -> any Operator
    ) -> [Edge] {
        guard case .lanes(let columns) = placement(input) else {
            return circuit.add(make(), inputs: [input], outputTypes: outputTypes, label: label)
        }
        let outputs = circuit.addWide(inputs: [input], outputTypes: outputTypes, label: label, make)
        for output in outputs { placements[output] = .lanes(nil) }
        if let columns {
            let now = columns.compactMap(moved)
            if now.count == columns.count { placements[outputs[0]] = .lanes(now) }
        }
        return outputs
    }

    /// An operator that needs equal rows in one lane.
    func sameRows(
        _ inputs: [Edge], outputTypes: [[DataType]], label: String, _ make: () -> any Operator
    ) -> [Edge] {
        if case .lanes(let columns?) = placement(inputs[0]) {
            let outputs = circuit.addWide(inputs: inputs, outputTypes: outputTypes, label: label, make)
            for output in outputs { placements[output] = .lanes(columns) }
            return outputs
        }
        return circuit.add(make(), inputs: inputs.map { narrow($0) }, outputTypes: outputTypes, label: label)
    }

    /// An operator that puts inputs with the same columns together.
    func together(
        _ inputs: [Edge], outputTypes: [[DataType]], label: String, _ make: () -> any Operator
    ) -> [Edge] {
        if inputs.allSatisfy({ placement($0) == .narrow }) {
            return circuit.add(make(), inputs: inputs, outputTypes: outputTypes, label: label)
        }
        let outputs = circuit.addWide(inputs: inputs.map { wide($0) }, outputTypes: outputTypes, label: label, make)
        let first = placement(inputs[0])
        for output in outputs {
            placements[output] = inputs.allSatisfy { placement($0) == first } ? first : .lanes(nil)
        }
        return outputs
    }

    // MARK: Exchanges

    /// All rows in one lane.
    func narrow(_ edge: Edge) -> Edge { placement(edge) == .narrow ? edge : exchange(edge, .gather, .narrow, "gather") }

    /// The rows in all lanes, no matter how.
    func wide(_ edge: Edge) -> Edge {
        circuit.lanes > 1 && placement(edge) == .narrow ? exchange(edge, .spread, .lanes(nil), "spread") : edge
    }

    private func hashed(_ edge: Edge, _ columns: [Int]) -> Edge {
        let wanted = Placement.lanes(columns)
        return placement(edge) == wanted ? edge : exchange(edge, .hashed(columns), wanted, "exchange by \(columns)")
    }

    private func exchange(_ edge: Edge, _ rule: Exchange.Rule, _ placement: Placement, _ label: String) -> Edge {
        if let known = exchanges[Exchanged(edge: edge, rule: rule)] { return known }
        let result = circuit.exchange(edge, rule, label: label)
        placements[result] = placement
        exchanges[Exchanged(edge: edge, rule: rule)] = result
        return result
    }
}

extension Expression {
    /// Worth the way to another lane.
    var isCostly: Bool {
        guard case .call(let function, let operands) = node else { return false }
        if case .library = function { return true }
        return operands.contains(where: \.isCostly)
    }
}
