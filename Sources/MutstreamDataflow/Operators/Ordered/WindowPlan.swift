import MutstreamColumnar

/// One OVER call, made ready.
final class WindowPlan {
    enum Argument {
        case column(Int)
        case constant(Value)
    }

    let call: WindowCall
    /// Which of the calls it is.
    let number: Int
    let frame: WindowFrame
    let range: WindowRange?
    let accumulator: WindowAccumulator?
    /// Takes over where a sum of DOUBLE would round.
    let exactAccumulator: WindowAccumulator?
    let result: WindowResult
    let cell: UnsafeMutableRawPointer
    /// Holds a constant default of lag and lead as its only row.
    let constants: RowStore?

    init(_ call: WindowCall, number: Int, _ rows: OrderedPartitions, order: [SortItem], summaryOffset: Int) {
        self.call = call
        self.number = number
        let isRange = call.function.usesFrame && call.frame.unit == .range && call.frame.hasOffset
        precondition(!isRange || order.count == 1, "RANGE with an offset has one ORDER BY column")
        let types = rows.store.types
        range = isRange ? WindowRange(types, order[0]) : nil
        frame = WindowFrame(call.frame, rows, range: range)
        var endsBefore = false
        if isRange, call.frame.exclusion == .noOthers, case .preceding(let offset) = call.frame.end {
            switch (types[order[0].column], offset) {
            case (.timestamp, .interval(let span)), (.timestamptz, .interval(let span)): endsBefore = span.months == 0
            case (let type, .int64): endsBefore = type.physical == .int64
            default: break
            }
        }
        self.endsBefore = endsBefore
        let physical = call.columns.first.map { types[$0].physical } ?? .bool
        let heap = ByteHeap()
        let kind = call.isDistinct ? nil : WindowAccumulator.Kind(call.function, physical)
        accumulator = kind.map { WindowAccumulator($0, offset: summaryOffset, call, rows.store, heap) }
        exactAccumulator =
            kind == .float ? WindowAccumulator(.exactFloat, offset: summaryOffset, call, rows.store, heap) : nil
        result = WindowResult(call, rows.store, heap)
        cell = .allocate(byteCount: WindowAccumulator.sizeMax, alignment: 16)
        cell.initializeMemory(as: UInt8.self, repeating: 0, count: WindowAccumulator.sizeMax)
        var defaults: RowStore?
        if call.function == .lag || call.function == .lead, call.columns.count + call.constants.count > 2,
            call.columns.count < 3, let value = call.constants.last
        {
            let store = RowStore([call.resultType])
            let column = Column.constant(value, physical: call.resultType.physical, count: 1)
            let reader = BatchReader()
            reader.bind([column], count: 1)
            _ = store.append(reader, 0)
            defaults = store
        }
        constants = defaults
    }

    deinit { cell.deallocate() }

    /// The arguments are the columns and then the constants.
    func argument(_ index: Int) -> Argument? {
        if index < call.columns.count { return .column(call.columns[index]) }
        let place = index - call.columns.count
        return place < call.constants.count ? .constant(call.constants[place]) : nil
    }

    /// A whole-number argument in a row, `absent` where there is none; nil: NULL.
    func integer(_ index: Int, _ store: RowStore, _ row: Int32, absent: Int64) -> Int64? {
        switch argument(index) {
        case .column(let column): store.isNull(row, column) ? nil : store.load(row, column, as: Int64.self)
        case .constant(.int64(let value)): value
        case .constant: nil
        case nil: absent
        }
    }

    /// Whether the frame is the whole partition for every row.
    var seesPartition: Bool {
        call.frame.start == .unboundedPreceding && call.frame.end == .unboundedFollowing && call.frame.exclusion == .noOthers
    }

    /// Whether the frame is one of RANGE that ends before its row, at a distance that no rounding changes.
    let endsBefore: Bool

    /// Whether, in a frame that only grows, an unchanged result means that no later result changes: the result tells all
    /// about what was added but the rows that old and new frame share.
    var stopsWhenSame: Bool {
        guard call.frame.start == .unboundedPreceding, call.frame.exclusion == .noOthers else { return false }
        switch call.frame.end {
        case .unboundedPreceding, .preceding: return false
        default: break
        }
        switch accumulator?.kind {
        case .count, .minimum, .maximum, .bools, .bitAnd, .bitOr, .bitXor: return true
        case .sum: return call.function == .sum
        default: return false
        }
    }
}

extension WindowFrameSpec {
    /// Whether a bound is an offset.
    var hasOffset: Bool {
        for bound in [start, end] {
            switch bound {
            case .preceding, .following: return true
            default: continue
            }
        }
        return false
    }
}
