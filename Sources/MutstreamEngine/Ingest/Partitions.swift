import MutstreamColumnar
import MutstreamDataflow

/// The partitions of a source, told apart by the value of a column: each has a watermark of its own, the source's is the
/// least of them.
///
/// ```
/// a  ────────●─────────●──       marks of a: 12      the source: 7, held back by b
/// b  ──●──────●───────────       marks of b: 7
/// ```
///
/// A partition is known from its first row on; one that has brought nothing for the `idle_timeout` is forgotten, and new
/// when it brings something. The source's watermark never falls: what a partition brings behind it is late.
final class Partitions {
    struct Rule: Sendable {
        /// Microseconds of the clock; nil: a partition holds the others back for as long as it is silent.
        var idleTimeout: Int64?
        /// As many are expected: before they have come, the source has no watermark.
        var expected = 0
    }

    private let table = KeyTable(payloadBytes: 8)
    private let keys: KeyEncoder
    private let type: DataType
    private let rule: Rule
    private var names: [String] = []
    private var marks = MinimumTree()
    private var idle: IdleKeys?
    /// When the first row came.
    private var began: Int64?
    private var areAllThere: Bool
    private(set) var groups: [Int32] = []
    /// Of the batch at hand, those with which a partition begins, and how many of them have come.
    private var newRows: [Int32] = []
    private var begun = 0

    /// - Parameter column: its position in the batches of the source.
    init(column: Int, type: DataType, rule: Rule) {
        keys = KeyEncoder(columns: [column], nulls: .value)
        self.type = type
        self.rule = rule
        idle = rule.idleTimeout.map { IdleKeys(timeToLive: $0) }
        areAllThere = rule.expected <= 1
    }

    var count: Int { table.count }

    /// Finds the partitions of a batch's rows, in ``groups``, and notes that they live. ``meet(_:)`` is called for each row.
    func locate(_ batch: Batch, column: Int, clock: Int64) {
        if batch.isEmpty { return }
        forgetIdle(clock: clock)
        began = began ?? clock
        idle?.advance(to: clock)
        keys.encode(batch)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let group = Int(groups[Int(row)])
            while names.count <= group { names.append("") }
            names[group] = TextCodec.text(batch.columns[column].value(at: Int(row)), type)
        }
        begun = 0
        idle?.touch(groups, batch)
    }

    /// The rows before this one do not know of a partition that begins with it: steps may divide them in any way.
    @inline(__always)
    func meet(_ row: Int) {
        guard begun < newRows.count, newRows[begun] == Int32(truncatingIfNeeded: row) else { return }
        begun += 1
        marks.set(Int(groups[row]), .min)
        if !areAllThere, table.count - (newRows.count - begun) >= rule.expected { areAllThere = true }
    }

    /// Notes what a row says of its partition.
    @inline(__always)
    func raise(_ group: Int32, to mark: Int64) {
        if mark > marks[Int(group)] { marks.set(Int(group), mark) }
    }

    /// The least of all; `Int64.min` while one has not said anything.
    var least: Int64 { areAllThere && table.count > newRows.count - begun ? marks.least : .min }

    /// Forgets the partitions that have been silent for too long.
    func forgetIdle(clock: Int64) {
        guard let timeout = rule.idleTimeout, let began else { return }
        idle?.advance(to: clock)
        for group in idle?.takeDue(max: .max, asked: { _ in }) ?? [] {
            table.remove(group)
            marks.set(Int(group), .max)
        }
        if clock.subtractingReportingOverflow(began).partialValue >= timeout { areAllThere = true }
    }

    /// When the next one is forgotten if nothing comes.
    var idlesAt: Int64? {
        let missing = areAllThere ? nil : rule.idleTimeout.flatMap { timeout in began.map { $0 &+ timeout } }
        return [idle?.wakesAt, missing].compactMap { $0 }.min()
    }

    func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try coder.code(&marks.nodes, default: .max)
        var count = names.count
        try coder.code(count: &count, bytesEach: 8)
        if !coder.isWriting { names = [String](repeating: "", count: count) }
        for index in names.indices { try coder.code(&names[index]) }
        try idle?.code(coder)
        var start = began ?? .min
        try coder.code(&start)
        began = start == .min ? nil : start
        try coder.code(&areAllThere)
        let capacity = marks.nodes.count / 2
        guard capacity > 0, capacity & (capacity - 1) == 0, marks.nodes.count == 2 * capacity else {
            throw coder.damage("found \(marks.nodes.count) watermarks of partitions")
        }
    }

    /// The partitions with their watermarks, the least first; `Int64.min`: none yet.
    func report(max: Int) -> [(name: String, watermark: Int64)] {
        names.indices.filter { marks[$0] < .max }
            .sorted { (marks[$0], $0) < (marks[$1], $1) }.prefix(max).map { (names[$0], marks[$0]) }
    }
}

/// Numbers by position, and the least of them.
///
/// - Complexity: O(log *n*) to set one, O(1) to read the least.
struct MinimumTree {
    /// The node *i* has the nodes 2*i* and 2*i* + 1 below it; the last half are the numbers.
    fileprivate var nodes: [Int64] = [.max, .max]

    private var capacity: Int { nodes.count / 2 }

    var least: Int64 { nodes[1] }

    subscript(_ position: Int) -> Int64 { position < capacity ? nodes[capacity + position] : .max }

    mutating func set(_ position: Int, _ value: Int64) {
        while position >= capacity { grow() }
        var node = capacity + position
        nodes[node] = value
        while node > 1 {
            node /= 2
            nodes[node] = min(nodes[2 * node], nodes[2 * node + 1])
        }
    }

    private mutating func grow() {
        let old = Array(nodes[capacity...])
        nodes = [Int64](repeating: .max, count: capacity * 4)
        for (position, value) in old.enumerated() where value < .max { set(position, value) }
    }
}
