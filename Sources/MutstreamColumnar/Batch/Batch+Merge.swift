extension Batch {
    /// The rows of all in the order of their ordinals, at equal ordinals in the order of the batches; at least one is given.
    /// - Complexity: O(rows × batches); batches that follow each other are only joined.
    package static func merge(_ batches: [Batch]) -> Batch {
        let filled = batches.filter { !$0.isEmpty }
        guard let first = filled.first else { return batches[0] }
        if filled.count == 1 { return first }
        let all = concatenate(filled)
        guard let ordinals = all.ordinals.listed else { return all }
        var isSorted = true
        for row in 1..<all.count where ordinals[row] < ordinals[row - 1] {
            isSorted = false
            break
        }
        return isSorted ? all : all.gather(order(of: ordinals, filled.map(\.count)))
    }

    /// Runs of rising ordinals, one after the other, as one.
    private static func order(of ordinals: [Int64], _ counts: [Int]) -> [Int32] {
        var runs: [(next: Int, end: Int)] = []
        for count in counts {
            let start = runs.last?.end ?? 0
            runs.append((start, start + count))
        }
        return [Int32](unsafeUninitializedCapacity: ordinals.count) { out, count in
            ordinals.withUnsafeBufferPointer { ordinals in
                while count < ordinals.count {
                    var least = -1
                    for run in runs.indices where runs[run].next < runs[run].end {
                        if least < 0 || ordinals[runs[run].next] < ordinals[runs[least].next] { least = run }
                    }
                    out.initializeElement(at: count, to: Int32(truncatingIfNeeded: runs[least].next))
                    runs[least].next += 1
                    count += 1
                }
            }
        }
    }
}
