import MutstreamColumnar

extension GroupLayout {
    /// Whether the states of a union of rows follow from those of its parts, and those of a part from what the others leave.
    var isAdditive: Bool {
        distinct.isEmpty && ordered.isEmpty && sketches.isEmpty
            && cells.allSatisfy { cell in
                switch cell.kind {
                case .count, .integer, .wide64, .wide128, .float, .interval, .truths, .moments64, .moments128,
                    .momentsDouble,
                    .momentPairs:
                    return true
                case .extremum, .bitCounts, .bits, .ordered, .sketch: return false
                }
            }
    }
}

extension GroupStates {
    /// Adds the states of another group, or takes them back; both layouts are alike and additive.
    func merge(
        _ other: UnsafeRawPointer, _ otherHeap: ByteHeap, into record: UnsafeMutableRawPointer, isTakenBack: Bool
    ) {
        let sign: Int64 = isTakenBack ? -1 : 1
        func add(_ offset: Int) {
            let value = record.load(fromByteOffset: offset, as: Int64.self)
            let change = other.load(fromByteOffset: offset, as: Int64.self) &* sign
            record.storeBytes(of: value &+ change, toByteOffset: offset, as: Int64.self)
        }
        add(layout.rowsOffset)
        for cell in layout.cells {
            let offset = cell.offset
            switch cell.kind {
            case .count: add(offset)
            case .integer, .truths:
                add(offset)
                add(offset &+ 8)
            case .wide64, .wide128:
                add(offset)
                // The count, then the carry.
                add(offset &+ 8)
                let low = (other + offset).assumingMemoryBound(to: WideCell.self).pointee.low
                let state = (record + offset).assumingMemoryBound(to: WideCell.self)
                if isTakenBack { state.pointee.subtract(low) } else { state.pointee.add(low) }
            case .float:
                let part = (other + offset).assumingMemoryBound(to: ExactFloatCell.self).pointee
                (record + offset).assumingMemoryBound(to: ExactFloatCell.self).pointee
                    .merge(part, otherHeap, isTakenBack: isTakenBack, heap)
            case .interval:
                let part = (other + offset).assumingMemoryBound(to: IntervalCell.self).pointee
                let state = (record + offset).assumingMemoryBound(to: IntervalCell.self)
                state.pointee.count &+= part.count &* sign
                state.pointee.months &+= part.months &* sign
                state.pointee.days &+= part.days &* sign
                state.pointee.microseconds &+= part.microseconds &* Int128(sign)
            case .moments64, .moments128, .momentsDouble: mergeMoments(offset, 2, add)
            case .momentPairs: mergeMoments(offset, 5, add)
            case .extremum, .bitCounts, .bits, .ordered, .sketch: preconditionFailure("a state that is not additive")
            }
        }

        func mergeMoments(_ offset: Int, _ sums: Int, _ add: (Int) -> Void) {
            add(offset)
            add(offset &+ 8)
            let (state, part) = (record + offset, UnsafeMutableRawPointer(mutating: other + offset))
            if state.load(as: Int64.self) == 0 { return MomentCell.clear(state, sums, heap) }
            for index in 0..<sums {
                MomentCell.sum(state, index).pointee.add(
                    MomentCell.sum(part, index).pointee, otherHeap, isNegative: isTakenBack, heap)
            }
        }
    }
}

extension ExactFloatCell {
    /// Adds another sum, or takes it back.
    mutating func merge(_ other: ExactFloatCell, _ otherHeap: ByteHeap, isTakenBack: Bool, _ heap: ByteHeap) {
        let sign: Int64 = isTakenBack ? -1 : 1
        let total = count &+ other.count &* sign
        if total == 0 { return clear(heap) }
        nans &+= other.nans &* sign
        positives &+= other.positives &* sign
        negatives &+= other.negatives &* sign
        // Parts count for themselves: while they are added the cell is not empty.
        count = 4
        if other.high != 0 { add(other.high, times: sign, heap) }
        if other.low != 0 { add(other.low, times: sign, heap) }
        if other.exact.limbs != 0 {
            exact.add(high, times: 1, heap)
            exact.add(low, times: 1, heap)
            (high, low) = (0, 0)
            exact.add(other.exact, otherHeap, isNegative: isTakenBack, heap)
        }
        count = total
    }
}

extension ExactSum {
    /// Adds another sum or its negative.
    mutating func add(_ other: ExactSum, _ otherHeap: ByteHeap, isNegative: Bool, _ heap: ByteHeap) {
        for index in 0..<Int(other.limbs) {
            // Not kept across the additions: the heaps may be one.
            let limb = otherHeap.address(other.reference).load(fromByteOffset: index &* 8, as: UInt64.self)
            // The highest limb has the sign.
            let isBelowZero = index == Int(other.limbs) &- 1 && limb >> 63 != 0
            add(
                Term(
                    UInt128(isBelowZero ? 0 &- limb : limb), 1, times: 1, position: (Int(other.first) &+ index) &* 64,
                    isNegative: isBelowZero != isNegative), heap)
        }
    }
}
