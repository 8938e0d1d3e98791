import MutstreamColumnar

/// The net change of a step: equal rows with the sum of their weights, without those that come to 0.
///
/// A row is where it came first in the step, with the ordinal it had there; so the retraction of a key's old row stays
/// before its new row. A delta without retractions passes as it is. No state.
package final class Consolidate: StatelessOperator {
    private let table = KeyTable()
    private let keys: KeyEncoder
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    /// By group; all 0 between steps.
    private var sums: [Int64] = []

    package init(_ types: [DataType]) {
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0] = inputs[0]
        let batch = inputs[0].batch
        guard batch.count > 1, let weights = batch.weights, weights.contains(where: { $0 < 0 }) else { return }
        keys.encode(batch)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        while sums.count < table.groupLimit { sums.append(0) }
        for row in 0..<batch.count { sums[Int(groups[row])] &+= weights[row] }
        var kept: [Int32] = []
        kept.reserveCapacity(newRows.count)
        for row in newRows where sums[Int(groups[Int(row)])] != 0 { kept.append(row) }
        var net = batch.gather(kept)
        net.weights = kept.map { sums[Int(groups[Int($0)])] }
        outputs[0].batch = net
        for row in newRows {
            sums[Int(groups[Int(row)])] = 0
            table.remove(groups[Int(row)])
        }
    }
}
