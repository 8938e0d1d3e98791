/// The candidate that a misspelt name most likely stands for, if one is near enough.
///
/// Near is a Damerau–Levenshtein distance of at most a third of the name's length, without regard to case; of two as
/// near, the alphabetically first wins, so the order of the candidates does not matter.
///
/// - Complexity: O(*n* · *m*) for each candidate, both capped at 64 scalars.
package func suggestion(for name: String, among candidates: [String]) -> String? {
    let wanted = scalars(name)
    guard !wanted.isEmpty, wanted.count <= scalarsMax else { return nil }
    let distanceMax = max(1, wanted.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let other = scalars(candidate)
        guard abs(other.count - wanted.count) <= distanceMax, other.count <= scalarsMax else { continue }
        let distance = editDistance(wanted, other)
        // Of a name of one or two letters, one edit leaves nothing to recognise.
        guard distance <= distanceMax, distance == 0 || min(wanted.count, other.count) > 2 else { continue }
        if let best, (best.distance, best.candidate) <= (distance, candidate) { continue }
        best = (distance, candidate)
    }
    return best?.candidate
}

private let scalarsMax = 64

private func scalars(_ name: String) -> [Unicode.Scalar] {
    Array(name.lowercased().unicodeScalars)
}

/// How many insertions, deletions, replacements and swaps of neighbours turn one into the other.
///
/// Optimal string alignment: no part is edited twice.
func editDistance(_ lhs: [Unicode.Scalar], _ rhs: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...rhs.count)
    for i in lhs.indices {
        var row = [i + 1]
        row.reserveCapacity(rhs.count + 1)
        for j in rhs.indices {
            var distance = min(last[j + 1] + 1, row[j] + 1, last[j] + (lhs[i] == rhs[j] ? 0 : 1))
            if i > 0, j > 0, lhs[i] == rhs[j - 1], lhs[i - 1] == rhs[j] {
                distance = min(distance, beforeLast[j - 1] + 1)
            }
            row.append(distance)
        }
        beforeLast = last
        last = row
    }
    return last[rhs.count]
}
