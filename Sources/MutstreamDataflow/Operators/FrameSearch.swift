import MutstreamColumnar

/// Rows far out of order: their place and their frames by the ``FrameIndex``.
extension ArrivalFrames {
    /// Entries and summaries that were looked at so far for rows out of order.
    package var outOfOrderVisits: Int { walked + index.visited }

    /// The index of a key, up to its newest entry.
    private func indexed(_ record: UnsafeRawPointer) -> OrderedIndex.Tree {
        let key = FrameRecord.key(record)
        let last = index.last(key)
        var number = last == 0 ? FrameRecord.head(record) : FrameEntry.next(entries.address(last))
        while number != 0 {
            let entry = UnsafeRawPointer(entries.address(number))
            index.insert(number, FrameEntry.time(entry), key)
            number = FrameEntry.next(entry)
        }
        return index.tree(key)
    }

    /// The first entry of a later time, and how many there are from it on; some are later.
    func firstAfter(_ time: Int64, _ record: UnsafeRawPointer) -> (number: Int32, count: Int64) {
        let tree = indexed(record)
        let position = index.lists.count(upTo: time, in: tree)
        return (index.lists.index.payload(index.lists.index.cursor(at: position, in: tree)), Int64(tree.count - position))
    }

    /// Notes an entry that was put before others.
    func noteInIndex(_ number: Int32, _ time: Int64, _ record: UnsafeRawPointer) {
        let key = FrameRecord.key(record)
        if index.covers(time, key) { index.insert(number, time, key) }
    }

    /// Takes the oldest entry of a key out of its index.
    @inline(__always)
    func leaveIndex(_ record: UnsafeRawPointer) {
        let key = FrameRecord.key(record)
        if index.tree(key).count > 0 { index.removeFirst(key) }
    }

    /// How many entries of a key the frames of a delay have taken in.
    private func held(_ delay: Int, _ tree: OrderedIndex.Tree, _ record: UnsafeRawPointer) -> Int {
        delay < 0 ? tree.count : tree.count - Int(FrameDelay.waiting(record, delay))
    }

    /// The entry behind a new one of this time in a chain: the best of all later ones, the last of equals; 0: there is none.
    func successor(_ time: Int64, _ chain: Int, _ record: UnsafeRawPointer) -> Int32 {
        let tree = indexed(record)
        let plan = layout.chains[chain].plan
        let first = index.lists.count(upTo: time, in: tree)
        let best = scratch
        best.storeBytes(of: 0, as: Int32.self)
        index.visit(
            first..<max(first, held(layout.chains[chain].delay, tree, record)), of: tree, entries,
            sum: { plan.take(slot: $0 + index.chainPlaces[chain], in: best, heap) },
            entry: { number in
                let image = image(number)
                guard image.load(as: UInt64.self) & plan.bit != 0 else { return }
                plan.take(image + plan.valueOffset, entry: number, in: best, heap)
            })
        return best.load(as: Int32.self)
    }

    // MARK: Frames

    /// Makes a frame of the scratch record that of an entry with others after it.
    func lookUp(_ frame: Int, _ entry: Int32, _ record: UnsafeRawPointer) {
        let tree = indexed(record)
        let (plan, time) = (frames[frame], FrameEntry.time(entries.address(entry)))
        let held = held(plan.delay, tree, record)
        var range = 0..<0
        if plan.delay < 0 ? plan.bound == .rows : delays[plan.delay].isRows {
            let upper = max(position(of: entry, time, tree) + 1 - Int(clamping: plan.end), 0)
            let lower = plan.bound == .unbounded ? 0 : upper - Int(clamping: plan.preceding - plan.end + 1)
            range = min(max(lower, 0), upper)..<upper
        } else {
            let (last, overflow) = time.subtractingReportingOverflow(plan.end)
            let upper = overflow ? 0 : index.lists.count(upTo: last, in: tree)
            let least = ArrivalFrames.lower(time, plan.preceding)
            let lower = plan.bound == .unbounded ? 0 : index.lists.count(before: least, in: tree)
            range = min(lower, upper)..<upper
        }
        let block = layout.blocks[frame]
        (scratch + block).copyMemory(from: record + block, byteCount: layout.blocks[frame + 1] - block)
        lookUpDistinct(frame, range, held, tree)
        if plan.bound == .unbounded {
            takeBack(frame, range.upperBound..<max(held, range.upperBound), tree)
        } else {
            addRow(scratch, frame, Int64(range.count) - layout.rows(scratch, frame: frame))
            addUp(frame, range, tree)
        }
        lookUpExtrema(frame, range, tree)
    }

    private func position(of entry: Int32, _ time: Int64, _ tree: OrderedIndex.Tree) -> Int {
        var position = index.lists.count(upTo: time, in: tree) - 1
        while position > 0, number(at: position, tree) != entry { position -= 1 }
        return position
    }

    private func number(at position: Int, _ tree: OrderedIndex.Tree) -> Int32 {
        index.lists.index.payload(index.lists.index.cursor(at: position, in: tree))
    }

    /// The sums over a stretch of entries.
    private func addUp(_ frame: Int, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let numbers = layout.cellStarts[frame]..<layout.cellStarts[frame + 1]
        if numbers.isEmpty { return }
        for number in numbers { layout.cells[number].clear(scratch) }
        index.visit(
            range, of: tree, entries,
            sum: { summary in
                for number in numbers {
                    let cell = layout.cells[number]
                    cell.merge(index.shifted(summary, cell, number), into: scratch)
                }
            },
            entry: { entry in for number in numbers { layout.cells[number].add(image(entry), to: scratch) } })
        for number in numbers where layout.cells[number].kind == .float {
            let cell = layout.cells[number]
            let sum = (scratch + cell.offset).assumingMemoryBound(to: FloatCell.self)
            // How the entries lie in nodes must not show.
            guard sum.pointee.lost != 0 || !sum.pointee.high.isFinite else { continue }
            cell.clear(scratch)
            var entry = range.isEmpty ? 0 : self.number(at: range.upperBound - 1, tree)
            for _ in range {
                cell.add(image(entry), to: scratch)
                entry = FrameEntry.previous(entries.address(entry))
                walked += 1
            }
        }
    }

    /// Takes entries out of the sums of a frame without a bound, which also have what is no longer kept.
    private func takeBack(_ frame: Int, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let numbers = layout.cellStarts[frame]..<layout.cellStarts[frame + 1]
        addRow(scratch, frame, -Int64(range.count))
        if numbers.isEmpty { return }
        index.visit(
            range, of: tree, entries,
            sum: { summary in
                for number in numbers {
                    let cell = layout.cells[number]
                    cell.unmerge(index.shifted(summary, cell, number), from: scratch)
                }
            },
            entry: { entry in for number in numbers { layout.cells[number].remove(image(entry), from: scratch) } })
    }

    private func lookUpExtrema(_ frame: Int, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let numbers = layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        if numbers.isEmpty { return }
        for number in numbers {
            let plan = layout.extrema[number]
            if plan.baseOffset >= 0 {
                (scratch + plan.offset).copyMemory(from: scratch + plan.baseOffset, byteCount: ExtremumPlan.size)
            } else {
                scratch.storeBytes(of: 0, toByteOffset: plan.offset, as: Int32.self)
            }
        }
        index.visit(
            range, of: tree, entries,
            sum: { summary in
                for number in numbers {
                    let plan = layout.extrema[number]
                    plan.take(slot: index.slot(summary, extremum: number), in: scratch + plan.offset, heap)
                }
            },
            entry: { entry in
                for number in numbers { take(layout.extrema[number], entry, UnsafeRawPointer(entries.address(entry))) }
            })
    }

    /// Distinct values are in no summary: the frame of the newest row is taken back entry by entry, or counted anew if it has
    /// fewer. O(entries that differ).
    private func lookUpDistinct(_ frame: Int, _ range: Range<Int>, _ held: Int, _ tree: OrderedIndex.Tree) {
        let cells = layout.distinctStarts[frame]..<layout.distinctStarts[frame + 1]
        if cells.isEmpty { return }
        let isUnbounded = frames[frame].bound == .unbounded
        // Where the frame begins as it stands.
        let front = isUnbounded ? 0 : held - Int(layout.rows(scratch, frame: frame))
        var rest = range
        if isUnbounded || held - range.upperBound + front - range.lowerBound < range.count, front <= range.upperBound {
            var entry = held > range.upperBound ? number(at: held - 1, tree) : 0
            for _ in range.upperBound..<max(held, range.upperBound) {
                retreatDistinct(entries.address(entry), frame)
                entry = FrameEntry.previous(entries.address(entry))
                walked += 1
            }
            if isUnbounded { return }
            rest = range.lowerBound..<max(front, range.lowerBound)
        } else {
            for cell in cells { scratch.storeBytes(of: 0, toByteOffset: layout.distinctCells[cell].offset, as: Int64.self) }
        }
        if rest.isEmpty { return }
        let end = number(at: range.upperBound - 1, tree)
        var entry = number(at: rest.upperBound - 1, tree)
        for _ in rest {
            prependDistinct(entries.address(entry), end, frame)
            entry = FrameEntry.previous(entries.address(entry))
            walked += 1
        }
    }
}
