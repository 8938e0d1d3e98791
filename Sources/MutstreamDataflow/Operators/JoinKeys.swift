import MutstreamColumnar

/// The keys of a join, each with its rows on both sides and, where an outer join needs it, how many there are.
///
/// ```
/// payload: | head: 4 | tail: 4 |  chain 0, left     | matches of left rows: 8  | matches of right rows: 8 |
///          | head: 4 | tail: 4 |  chain 1, right
///
/// matches: | sum of the weights of the other side's rows: 63 bits | whether the output takes it as above 0: 1 bit |
/// ```
///
/// One table for both sides: a row finds its own chain and its partners with one look. A key that lost its last row
/// keeps its group until ``sweep()``, so that groups that were found at the beginning of a step are good to its end.
final class JoinKeys {
    static let leftMatches = 16
    static let rightMatches = 24

    let table: KeyTable
    private let chains: Int
    private let matches: Int
    /// Groups that may have lost their last row.
    private var vacated: [Int32] = []
    private var newGroups: [Int32] = []

    /// - Parameters:
    ///   - chains: 1 or 2 sides.
    ///   - matches: for how many sides matches are counted, the left one first.
    init(chains: Int, matches: Int = 0) {
        precondition(chains == 2 || matches == 0, "matches are counted between two sides")
        self.chains = chains
        self.matches = matches
        table = KeyTable(payloadBytes: (chains + matches) * 8)
    }

    /// The groups of the keys of a batch, without rows where they are new.
    /// - Parameter groups: one a row; below 0 where the row has no key.
    func find(_ encoder: KeyEncoder, _ groups: UnsafeMutableBufferPointer<Int32>) {
        newGroups.removeAll(keepingCapacity: true)
        table.findOrInsert(encoder, groups: groups, newGroups: &newGroups)
        for group in newGroups {
            let payload = table.payload(group)
            for chain in 0..<chains { payload.storeBytes(of: -1, toByteOffset: chain &* 8, as: Int64.self) }
            for word in chains..<(chains &+ matches) { payload.storeBytes(of: 0, toByteOffset: word &* 8, as: Int64.self) }
        }
    }

    /// The first row of a chain of a group, -1 if there is none.
    @inline(__always)
    func head(_ group: Int32, chain: Int) -> Int32 {
        table.payload(group).load(fromByteOffset: chain &* 8, as: Int32.self)
    }

    @inline(__always)
    func ends(_ group: Int32, chain: Int) -> UnsafeMutableRawPointer { table.payload(group) + chain &* 8 }

    // MARK: Matches

    /// Whether a group is matched, and whether the output takes it as matched.
    @inline(__always)
    func state(_ group: Int32, _ matches: Int) -> (isMatched: Bool, isTaken: Bool) {
        let word = table.payload(group).load(fromByteOffset: matches, as: Int64.self)
        return (word &>> 1 > 0, word & 1 != 0)
    }

    /// Adds to the matches of a group.
    /// - Returns: whether it became matched or ceased to be.
    @inline(__always)
    func add(_ weight: Int64, _ group: Int32, _ matches: Int) -> Bool {
        let payload = table.payload(group)
        let old = payload.load(fromByteOffset: matches, as: Int64.self)
        let new = old &+ weight &<< 1
        payload.storeBytes(of: new, toByteOffset: matches, as: Int64.self)
        if new &>> 1 == 0 { vacated.append(group) }
        return (old &>> 1 > 0) != (new &>> 1 > 0)
    }

    /// The matches of a group.
    func count(_ group: Int32, _ matches: Int) -> Int64 {
        table.payload(group).load(fromByteOffset: matches, as: Int64.self) &>> 1
    }

    /// Forgets the matches of a group, and that the output takes it as matched.
    func clear(_ group: Int32, _ matches: Int) {
        table.payload(group).storeBytes(of: 0, toByteOffset: matches, as: Int64.self)
        vacated.append(group)
    }

    /// Notes that the output takes a group as matched, or that it does so no more.
    func turn(_ group: Int32, _ matches: Int) {
        let payload = table.payload(group)
        let word = payload.load(fromByteOffset: matches, as: Int64.self)
        payload.storeBytes(of: word ^ 1, toByteOffset: matches, as: Int64.self)
    }

    // MARK: Keys without rows

    /// Whether a number below the table's limit is that of a key.
    func isGroup(_ group: Int32) -> Bool { head(group, chain: 0) != -2 }

    @inline(__always)
    func noteVacated(_ group: Int32) { vacated.append(group) }

    /// Takes out keys that have lost their last row; ends the life of groups that were found before.
    func sweep() {
        for group in vacated {
            let payload = table.payload(group)
            var isVacant = true
            for word in 0..<(chains + matches) {
                let vacant: Int64 = word < chains ? -1 : 0
                if payload.load(fromByteOffset: word * 8, as: Int64.self) != vacant { isVacant = false }
            }
            guard isVacant else { continue }
            table.remove(group)
            // A group may be noted more than once.
            payload.storeBytes(of: -2, as: Int32.self)
        }
        vacated.removeAll(keepingCapacity: true)
    }
}
