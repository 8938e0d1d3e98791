import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL

/// What each node of a circuit keeps, as numbers: nodes of two circuits with equal ones have the same state after the same
/// rows of the same sources.
struct NodeClasses {
    /// By node of the circuit.
    private(set) var numbers: [Int] = []
    let plan: PlanClasses
    let stepper: Stepper
    private let circuit: Circuit
    /// Of nodes that stand for a declaration.
    private var declared: [Int: String] = [:]

    init(_ stepper: Stepper, _ classes: inout Classes) {
        self.stepper = stepper
        circuit = stepper.compiled.circuit
        let definition = stepper.definition.plan
        plan = PlanClasses(definition, &classes, from: definition.roots)
        declare()
        numbers = [Int](repeating: -1, count: circuit.nodeNumbers.count)
        // What a delay brings comes from behind it: known once all have a number.
        for _ in 0..<2 {
            let before = numbers
            for node in circuit.nodeNumbers {
                numbers[node] = classes.number(text(node, before) + placing(node))
            }
        }
    }

    private mutating func declare() {
        let definition = stepper.definition.plan
        for (index, inputs) in stepper.compiled.sources.enumerated() {
            let text = SourceClass.text(definition.sources[index])
            for (part, input) in [("rows", inputs.rows), ("late", inputs.late), ("dead letter", inputs.deadLetter)] {
                // The watermark is all that it keeps.
                if let input { declared[circuit.node(ofInput: input)] = "\(part) of \(text)" }
            }
        }
        for model in stepper.compiled.models {
            guard let node = circuit.node(of: model),
                let number = definition.models.firstIndex(where: { $0.name == model.name })
            else { continue }
            // It keeps what it has learnt; what it is asked leaves no trace.
            let lessons = definition.lessons.filter { $0.model == number }.map { lesson in
                "\(plan[lesson.node]?.text ?? "")\(lesson.isFeedback ? " delayed" : "")"
            }
            declared[node] = "\(SourceClass.model(definition.models[number])) taught by \(lessons)"
        }
        for (view, definition) in zip(stepper.compiled.views, definition.views.filter(\.materialized)) {
            if let node = circuit.node(of: view.rows) {
                declared[node] =
                    "contents of \(plan[definition.node]?.text ?? ""), retained for "
                    + "\(definition.retain?.microseconds ?? 0) by \(definition.retain?.column ?? -1)"
            }
        }
    }

    private func text(_ node: Int, _ before: [Int]) -> String {
        if let known = declared[node] { return known }
        switch circuit.role(of: node) {
        case .input: return "input \(circuit.label(of: node))"
        case .delay(let source):
            let origin = source.flatMap { circuit.origin(of: $0.node) }.flatMap { plan[NodeID($0)] }
            return "delay of \(origin?.text ?? "") \(source.map { before[$0.node] } ?? -1)"
        case .exchange(let rule):
            let edge = circuit.inputs(of: node)[0]
            return "exchange \(self.text(rule, edge)) of \(numbers[edge.node]).\(edge.port)"
        case .operation(let operation): return text(node, operation)
        }
    }

    private func text(_ rule: Exchange.Rule, _ edge: Edge) -> String {
        guard case .hashed(let columns) = rule else { return "\(rule)" }
        guard edge.port == 0, let relation = circuit.origin(of: edge.node).flatMap({ plan[NodeID($0)] }) else {
            return "\(columns)"
        }
        return "by \(columns.map { relation.columns.indices.contains($0) ? relation.columns[$0] : -1 })"
    }

    private func text(_ node: Int, _ operation: any Operator) -> String {
        var kind = "\(type(of: operation))"
        // What it keeps of a session depends on who reads it.
        if let sessions = operation as? SessionClose, sessions.keepsOneRow { kind += " of one row" }
        let inputs = circuit.inputs(of: node).map { "\(numbers[$0.node]).\($0.port)" }
        guard let origin = circuit.origin(of: node), let relation = plan[NodeID(origin)] else {
            return "\(kind) \(circuit.label(of: node)) of \(inputs)"
        }
        if operation is any StatelessOperator { return "\(kind) for \(relation.rows) of \(inputs)" }
        return "\(kind) for \(kept(NodeID(origin), relation))"
    }

    /// What an operator keeps of its rows.
    private func kept(_ id: NodeID, _ relation: PlanClasses.Relation) -> String {
        let definition = stepper.definition.plan
        let all = { (id: NodeID) in self.plan[id]?.text ?? "" }
        switch definition.graph[id].kind {
        // A table keeps all columns that are read of it: what it has of them is handed over row by row.
        case .input: return "table of \(relation.rows)"
        case .join(let join):
            let left = join.mode == .maintained ? all(join.left) : ""
            return "\(relation.rows) with \(left) and \(all(join.right))"
        case .aggregate(let aggregate): return "\(relation.text) of \(plan[aggregate.input]?.rows ?? -1)"
        case .frames(let frames):
            let width = plan[frames.input]?.columns.count ?? 0
            return "\(relation.rows) with \(Array(relation.columns.dropFirst(width)))"
        case .windows(let windows): return "\(relation.text) of \(all(windows.input))"
        case .top(let top): return "\(relation.text) of \(all(top.input))"
        case .counted(_, let inputs): return "\(relation.text) of \(inputs.map(all))"
        case .temporal(let temporal): return "\(relation.text) of \(temporal.inputs.map(all))"
        default: return relation.text
        }
    }

    /// In how many lanes it stands and how its rows came there, and how its results lie in memory.
    private func placing(_ node: Int) -> String {
        let lanes = circuit.lanes(of: node)
        let width = lanes == 1 ? "" : " in \(lanes) lanes \(circuit.inputs(of: node).map { placement($0) })"
        guard circuit.keepsState(node) else { return width }
        let columns = circuit.layout(of: node).first.map { $0.map { "\($0)" }.joined(separator: " ") } ?? ""
        // Of some only a part of the columns is kept, and what is kept has been said.
        guard case .operation(let operation) = circuit.role(of: node) else { return "\(width) as \(columns)" }
        let isPart =
            operation is ArrivalFrames || operation is ArrivalJoin || operation is ModelOperator || operation is UpsertTable
        return isPart ? width : "\(width) as \(columns)"
    }

    /// The exchange by which the rows of an edge came to their lanes.
    private func placement(_ edge: Edge) -> String {
        var edge = edge
        while true {
            if case .exchange(let rule) = circuit.role(of: edge.node) { return text(rule, circuit.inputs(of: edge.node)[0]) }
            guard let next = circuit.inputs(of: edge.node).first else { return "" }
            edge = next
        }
    }

    /// By node of `new`: the node of `old` whose state it can take over. Where something before a node that keeps state
    /// cannot, neither can that node: it would be told changes of what it never had.
    static func matching(_ new: NodeClasses, _ old: NodeClasses) -> [Int: Int] {
        let byNumber = Dictionary(zip(old.numbers, old.circuit.nodeNumbers)) { first, _ in first }
        var result: [Int: Int] = [:]
        for node in new.circuit.nodeNumbers { if let other = byNumber[new.numbers[node]] { result[node] = other } }
        var wentOn = true
        while wentOn {
            wentOn = false
            for node in new.circuit.nodeNumbers where result[node] != nil && new.circuit.keepsState(node) {
                let before = new.circuit.upstream(of: [node])
                if before.contains(where: { new.circuit.keepsState($0) && result[$0] == nil }) {
                    result[node] = nil
                    wentOn = true
                }
            }
        }
        return result
    }
}
