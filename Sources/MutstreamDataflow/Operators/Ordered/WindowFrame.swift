import MutstreamColumnar

/// Finds the frame of one row after the other, as positions in the partition.
///
/// ```
/// ROWS     positions around the row's own
/// GROUPS   starts of groups of peers, moved on by one group when the row enters another group
/// RANGE    searched by key, once for each group of peers
/// ```
final class WindowFrame {
    let spec: WindowFrameSpec
    private let rows: OrderedPartitions
    private let range: WindowRange?
    private let needsPeers: Bool
    private var tree = OrderedIndex.Tree()

    /// The row's peers, where the frame depends on them.
    private(set) var peers = 0..<0
    private(set) var lower = 0
    /// Not below `lower`.
    private(set) var upper = 0
    private var startGroup = GroupPointer()
    private var endGroup = GroupPointer()

    init(_ spec: WindowFrameSpec, _ rows: OrderedPartitions, range: WindowRange?) {
        self.spec = spec
        self.rows = rows
        self.range = range
        let isBounded = spec.start != .unboundedPreceding || spec.end != .unboundedFollowing
        needsPeers =
            spec.unit != .rows && isBounded || spec.exclusion == .group || spec.exclusion == .ties
    }

    /// Begins at any row.
    func begin(_ cursor: OrderedIndex.Cursor, in tree: OrderedIndex.Tree) {
        self.tree = tree
        if needsPeers {
            let key = rows.index.key(cursor)
            peers = rows.index.position(key.order, in: tree)..<rows.index.peersEnd(key, in: tree)
            if spec.unit == .groups {
                startGroup = GroupPointer(delta(spec.start), from: peers, rows.index, tree)
                endGroup = GroupPointer(delta(spec.end).addingClamped(1), from: peers, rows.index, tree)
            }
        }
        place(cursor)
    }

    /// Goes on to the next row.
    func move(to cursor: OrderedIndex.Cursor) {
        if needsPeers, cursor.position >= peers.upperBound {
            peers = cursor.position..<peersEnd(cursor)
            if spec.unit == .groups {
                startGroup.advance(rows.index, tree)
                endGroup.advance(rows.index, tree)
            }
        } else if spec.unit != .rows {
            return
        }
        place(cursor)
    }

    /// Most groups are small: looks at a few rows before it searches.
    private func peersEnd(_ cursor: OrderedIndex.Cursor) -> Int {
        let key = rows.index.key(cursor)
        var next = cursor
        for _ in 0..<4 {
            rows.index.advance(&next)
            if next.position >= tree.count || !OrderedIndex.arePeers(key, rows.index.key(next)) { return next.position }
        }
        return rows.index.peersEnd(key, in: tree)
    }

    private func place(_ cursor: OrderedIndex.Cursor) {
        let count = tree.count
        switch spec.unit {
        case .rows:
            lower = WindowFrame.clamp(cursor.position, delta(spec.start), count)
            upper = WindowFrame.clamp(cursor.position, delta(spec.end).addingClamped(1), count)
        case .groups:
            lower = spec.start == .unboundedPreceding ? 0 : startGroup.position
            upper = spec.end == .unboundedFollowing ? count : endGroup.position
        case .range:
            lower = rangeBound(cursor, spec.start, isStart: true)
            upper = rangeBound(cursor, spec.end, isStart: false)
        }
        if upper < lower { upper = lower }
    }

    private func rangeBound(_ cursor: OrderedIndex.Cursor, _ bound: WindowFrameSpec.Bound, isStart: Bool) -> Int {
        let (offset, forward): (Value, Bool)
        switch bound {
        case .unboundedPreceding: return 0
        case .unboundedFollowing: return tree.count
        case .currentRow: return isStart ? peers.lowerBound : peers.upperBound
        case .preceding(let value): (offset, forward) = (value, false)
        case .following(let value): (offset, forward) = (value, true)
        }
        let row = rows.index.payload(cursor)
        guard let range, !range.isNull(rows.store, row) else { return isStart ? peers.lowerBound : peers.upperBound }
        return range.position(rows, tree, row, offset, forward: forward, isStart: isStart)
    }

    /// Rows or groups from the current one to a bound.
    private func delta(_ bound: WindowFrameSpec.Bound) -> Int64 { WindowFrame.delta(bound) }

    static func delta(_ bound: WindowFrameSpec.Bound) -> Int64 {
        switch bound {
        case .unboundedPreceding: .min
        case .unboundedFollowing: .max
        case .currentRow: 0
        case .preceding(.int64(let offset)): -max(offset, 0)
        case .following(.int64(let offset)): max(offset, 0)
        case .preceding, .following: 0
        }
    }

    static func clamp(_ position: Int, _ delta: Int64, _ count: Int) -> Int {
        Int(min(max(Int64(position).addingClamped(delta), 0), Int64(count)))
    }

    /// The parts of the frame in order, without what is excluded.
    func parts(_ position: Int) -> (Range<Int>, Range<Int>, Range<Int>) {
        let none = upper..<upper
        switch spec.exclusion {
        case .noOthers: return (lower..<upper, none, none)
        case .currentRow: return (cut(lower, position), cut(position + 1, upper), none)
        case .group: return (cut(lower, peers.lowerBound), cut(peers.upperBound, upper), none)
        case .ties:
            return (cut(lower, peers.lowerBound), cut(position, position + 1), cut(peers.upperBound, upper))
        }
    }

    private func cut(_ start: Int, _ end: Int) -> Range<Int> {
        let (start, end) = (min(max(start, lower), upper), min(max(end, lower), upper))
        return start..<max(start, end)
    }
}

/// The start of the group of peers that is so many groups away from the current one.
struct GroupPointer {
    /// The count of rows where there is no such group behind.
    private(set) var position = 0
    /// Groups that are lacking before the first one.
    private var lacking: Int64 = 0

    init() {}

    init(_ delta: Int64, from peers: Range<Int>, _ index: OrderedIndex, _ tree: OrderedIndex.Tree) {
        position = peers.lowerBound
        if delta == .min || delta == .max {
            // An unbounded side is not looked at.
            position = delta == .min ? 0 : tree.count
            return
        }
        var rest = delta
        while rest > 0, position < tree.count {
            advance(index, tree)
            rest -= 1
        }
        while rest < 0, position > 0 {
            position = index.position(index.key(index.cursor(at: position - 1, in: tree)).order, in: tree)
            rest += 1
        }
        if rest < 0 { lacking = -rest }
    }

    /// One group on.
    mutating func advance(_ index: OrderedIndex, _ tree: OrderedIndex.Tree) {
        if lacking > 0 {
            lacking -= 1
        } else if position < tree.count {
            position = index.peersEnd(index.key(index.cursor(at: position, in: tree)), in: tree)
        }
    }
}
