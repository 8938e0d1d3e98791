import MutstreamDataflow
import MutstreamSQL

/// Tells when a watermark leaps: so many windows close by it that they are spread over steps (``ClosingOperator``).
///
/// ```
/// rows      a b c D e f           D raises the watermark over a million windows
/// steps     a b c │ (D) │ … │ … │ D e f
/// ```
///
/// The rows before the one that leaps are a step; then it raises the watermark, no further than its own time; steps without
/// rows close what that passes; and only then it enters. So what comes behind sees all windows closed, as it would have.
struct Leaps {
    /// How much an operator closes in such a step. At a microsecond or two each some hundredths of a second.
    static let closesMax = 16_384

    private let circuit: Circuit
    /// By source: the circuit's input of its rows.
    private let inputs: [Int?]
    /// What closes in one step without being spread, and how much an operator then closes in a step.
    let closesMax: Int
    /// By input: how far watermarks may rise in this step, together; nil: they stay.
    private var calm: [Int64?]
    /// By input: how far those of the rows rise that have been let in.
    private var admitted: [Int64?]

    init(_ compiled: CompiledPipeline, closesMax: Int) {
        circuit = compiled.circuit
        inputs = compiled.sources.map(\.rows)
        self.closesMax = max(closesMax, 1)
        calm = [Int64?](repeating: nil, count: compiled.circuit.inputCount)
        admitted = calm
    }

    /// A step begins. Returns whether enough is open for a leap.
    mutating func begin() -> Bool {
        guard circuit.openCount > closesMax else { return false }
        for input in calm.indices { (calm[input], admitted[input]) = (nil, nil) }
        return true
    }

    /// Whether the watermark of a source may rise to `mark` in this step; if so it is taken for done.
    /// - Parameter end: how far rows that wait will raise it.
    mutating func allows(_ source: Int, _ mark: Int64, upTo end: Int64) -> Bool {
        guard inputs.indices.contains(source), let input = inputs[source] else { return true }
        if let limit = calm[input], mark <= limit {
            admitted[input] = max(admitted[input] ?? mark, mark)
            return true
        }
        var marks = calm
        marks[input] = end
        if !isCalm(marks) {
            marks = admitted
            marks[input] = mark
            guard isCalm(marks) else { return false }
        }
        calm = marks
        admitted[input] = mark
        return true
    }

    private func isCalm(_ marks: [Int64?]) -> Bool {
        let limit = closesMax == .max ? closesMax : closesMax + 1
        return circuit.due(marks, limit: limit) <= closesMax
    }
}
