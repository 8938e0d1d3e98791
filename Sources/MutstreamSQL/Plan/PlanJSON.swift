import MutstreamColumnar
import MutstreamDataflow

/// A plan as one JSON object for programs: `mutstream explain --json`.
///
/// ```
/// {"roots":[{"kind":"view","name":"v","node":3}],
///  "nodes":[{"id":0,"operator":"source s [a]","inputs":[],"columns":[{"name":"a","type":"INT"}],
///            "changes":false,"key":["a"],"keeps":"its rows"}]}
/// ```
///
/// `key` is null where none is known; `changes` says whether rows are taken back; `keeps` is null where the operator has
/// no state. Inputs come before the nodes that read them.
extension PlanPrinter {
    package static func json(_ plan: PipelinePlan) -> String {
        let printer = PlanPrinter(plan, true)
        let roots =
            plan.sinks.map { root("sink", $0.name, $0.node) }
            + plan.views.filter(\.materialized).map { root("view", $0.name, $0.node) }
            + plan.lessons.map { root("lessons", plan.models[$0.model].name, $0.node) }
        let nodes = plan.graph.reachable(from: plan.roots).map { printer.json($0) }
        return "{\"roots\":[\(roots.joined(separator: ","))],\"nodes\":[\(nodes.joined(separator: ",\n"))]}\n"
    }

    private static func root(_ kind: String, _ name: String, _ node: NodeID) -> String {
        "{\"kind\":\"\(kind)\",\"name\":\(quoted(name)),\"node\":\(node.index)}"
    }

    private func json(_ id: NodeID) -> String {
        let node = plan.graph[id]
        let columns = node.fields.map {
            "{\"name\":\(PlanPrinter.quoted($0.name)),\"type\":\(PlanPrinter.quoted($0.type.name))}"
        }
        let isAppendOnly = plan.graph.isAppendOnly(id) { plan.sources[$0].onlyArrives }
        let key = plan.graph.uniqueKey(id, plan.sources).map { key in
            "[" + key.map { PlanPrinter.quoted(node.fields[$0].name) }.joined(separator: ",") + "]"
        }
        let kept = plan.stateKept(id, isGrowing: growing.contains(id)).map { PlanPrinter.quoted($0) }
        return "{\"id\":\(id.index),\"operator\":\(PlanPrinter.quoted(describe(node))),"
            + "\"inputs\":[\(node.inputs.map { String($0.index) }.joined(separator: ","))],"
            + "\"columns\":[\(columns.joined(separator: ","))],\"changes\":\(!isAppendOnly),"
            + "\"key\":\(key ?? "null"),\"keeps\":\(kept ?? "null")}"
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
