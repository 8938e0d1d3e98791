import MutstreamColumnar

/// What each row of a changing input met when it came: its *answer*, until the row is taken back.
///
/// ```
/// KeyTable:  whole row -> head, tail of a chain of parts, by answers from the oldest on
/// RowStore:  part -> next, previous, weight, group, marks | the columns of what was met, NULL where nothing was
/// ```
///
/// Rows that cannot be told apart are taken back in the order in which they came. A retraction that comes before its row
/// is a debt, which the row pays.
final class AnswerMemo {
    /// What a part of an answer is.
    enum Part: Int32 {
        /// A row that was met, or none where that is an answer too.
        case result = 0
        /// A pair for which the condition failed.
        case failure = 1
        /// Nothing leaves for the row.
        case nothing = 2
        /// A retraction without its row.
        case debt = 3
    }
    /// Beside the ``Part``: with it begins an answer.
    private static let begins: Int32 = 8

    let store: RowStore
    private let table = KeyTable(payloadBytes: 8, inlineBytes: KeyTable.wideInlineBytes)
    private let rows: KeyEncoder
    private let reader = BatchReader()
    private var departed: [Int32] = []

    /// - Parameters:
    ///   - leftTypes: of the changing rows.
    ///   - types: of what they meet.
    init(leftTypes: [DataType], types: [DataType]) {
        store = RowStore(types, headerBytes: RowHeader.bytes)
        rows = KeyEncoder(columns: Array(leftTypes.indices), nulls: .value, equality: .exact)
    }

    var stateSize: StateSize { StateSize(rows: store.count, bytes: store.bytes + table.bytes) }

    /// Takes the changing rows of a step.
    func beginStep(_ batch: Batch) { rows.encode(batch) }

    /// Lets ``note(_:_:_:weight:begins:)`` copy from these columns.
    func bind(_ columns: [Column], count: Int) { reader.bind(columns, count: count) }

    /// Adds a part to the newest answer of a row of the step.
    /// - Parameter position: in the bound columns, of what was met.
    /// - Returns: its number in ``store``, good until ``freeDeparted()``.
    func note(_ row: Int, _ part: Part, at position: Int, weight: Int64, begins: Bool) -> Int32 {
        let id = store.append(reader, position)
        store.link(id, table.chain(rows.key(row)), weight: weight, in: table)
        store.setNextEqual(id, part.rawValue | (begins ? AnswerMemo.begins : 0))
        return id
    }

    func part(_ id: Int32) -> Part { Part(rawValue: store.nextEqual(id) & 7) ?? .nothing }

    /// Takes out the oldest answer of a row of the step, and says its parts.
    /// - Returns: whether there was one that is no debt.
    func takeOldest(_ row: Int, _ body: (_ part: Part, _ id: Int32, _ weight: Int64) -> Void) -> Bool {
        let group = table.find(rows.key(row))
        guard group >= 0 else { return false }
        var id = table.head(group)
        if part(id) == .debt { return false }
        repeat {
            let next = store.next(id)
            body(part(id), id, store.weight(id))
            depart(id)
            id = next
        } while id >= 0 && store.nextEqual(id) & AnswerMemo.begins == 0
        return true
    }

    /// Pays a debt of a row of the step, if there is one.
    func pay(_ row: Int) -> Bool {
        let group = table.find(rows.key(row))
        guard group >= 0, part(table.head(group)) == .debt else { return false }
        depart(table.head(group))
        return true
    }

    private func depart(_ id: Int32) {
        store.unlink(id, in: table)
        departed.append(id)
    }

    func freeDeparted() {
        reader.unbind()
        for id in departed { store.free(id) }
        departed.removeAll(keepingCapacity: true)
    }

    func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try store.code(coder)
    }
}
