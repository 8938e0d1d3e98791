import MutstreamColumnar

/// What a join with a condition of its own for each pair keeps with a row that may have to be shown unmatched.
///
/// ```
/// | sum of the weights of its matches: 8 | weight: 8 | weight in the output for want of a match: 8 |
/// ```
///
/// The weight here is that of the moment that the output has come to, which may lag behind the row's own.
enum MatchCount {
    static let bytes = 24

    static func clear(_ store: RowStore, _ row: Int32, _ at: Int) {
        let header = store.writableHeader(row)
        for offset in [0, 8, 16] { header.storeBytes(of: 0, toByteOffset: at &+ offset, as: Int64.self) }
    }

    /// - Returns: whether the row became matched or ceased to be.
    @inline(__always)
    static func add(_ weight: Int64, _ store: RowStore, _ row: Int32, _ at: Int) -> Bool {
        let header = store.writableHeader(row) + at
        let old = header.load(as: Int64.self)
        header.storeBytes(of: old &+ weight, as: Int64.self)
        return (old > 0) != (old &+ weight > 0)
    }

    @inline(__always)
    static func setWeight(_ weight: Int64, _ store: RowStore, _ row: Int32, _ at: Int) {
        store.writableHeader(row).storeBytes(of: weight, toByteOffset: at &+ 8, as: Int64.self)
    }

    /// The weight by which the output has to change for a row that is shown when it is matched, or when it is not.
    static func due(_ store: RowStore, _ row: Int32, _ at: Int, whenMatched: Bool) -> Int64 {
        let header = store.writableHeader(row) + at
        let isShown = (header.load(as: Int64.self) > 0) == whenMatched
        let target = isShown ? header.load(fromByteOffset: 8, as: Int64.self) : 0
        let shown = header.load(fromByteOffset: 16, as: Int64.self)
        header.storeBytes(of: target, toByteOffset: 16, as: Int64.self)
        return target &- shown
    }
}

/// Matches by row, where they are counted.
extension JoinSide {
    func addMatches(_ row: Int32, _ weight: Int64) -> Bool {
        guard weight != 0, let countsAt else { return false }
        return MatchCount.add(weight, store, row, countsAt)
    }

    func setCountedWeight(_ row: Int32, _ weight: Int64) {
        if let countsAt { MatchCount.setWeight(weight, store, row, countsAt) }
    }

    func due(_ row: Int32, whenMatched: Bool) -> Int64 {
        countsAt.map { MatchCount.due(store, row, $0, whenMatched: whenMatched) } ?? 0
    }
}
