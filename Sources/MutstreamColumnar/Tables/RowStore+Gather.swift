/// Kept rows turned into columns.
extension RowStore {
    /// All rows, in the order of their numbers.
    package var rowsInUse: [Int32] { slots.numbersInUse() }

    /// All columns of rows, in that order; an id of -1 gives NULL in each.
    package func columns(_ rows: [Int32]) -> [Column] { types.indices.map { column($0, rows: rows) } }

    /// One column of rows, in that order; an id of -1 gives NULL.
    /// - Complexity: O(rows), one allocation for the values and one for all long texts.
    package func column(_ index: Int, rows: [Int32]) -> Column {
        let offset = fields[index].offset
        let validity = validity(index, rows)
        switch fields[index].physical {
        case .bool: return .bool(gather(rows, offset, false), validity)
        case .int64: return .int64(gather(rows, offset, Int64(0)), validity)
        case .double: return .double(gather(rows, offset, 0.0), validity)
        case .decimal: return .decimal(gather(rows, offset, Int128(0)), validity)
        case .interval: return .interval(gather(rows, offset, Interval()), validity)
        case .text: return .text(texts(rows, offset), validity)
        }
    }

    /// Appends one column of rows to a builder; an id of -1 gives NULL.
    package func append(_ index: Int, rows: [Int32], to builder: ColumnBuilder) {
        for row in rows {
            if row < 0 || isNull(row, index) {
                builder.appendNull()
                continue
            }
            switch fields[index].physical {
            case .bool: builder.append(bool: load(row, index, as: UInt8.self) != 0)
            case .int64: builder.append(int64: load(row, index, as: Int64.self))
            case .double: builder.append(double: load(row, index, as: Double.self))
            case .decimal: builder.append(decimal: load(row, index, as: Int128.self))
            case .interval: builder.append(interval: load(row, index, as: Interval.self))
            case .text: builder.append(text: text(row, index))
            }
        }
    }

    private func gather<T: BitwiseCopyable>(_ rows: [Int32], _ offset: Int, _ absent: T) -> [T] {
        let slots = slots
        return [T](unsafeUninitializedCapacity: rows.count) { out, count in
            for position in 0..<rows.count {
                let row = rows[position]
                let value = row < 0 ? absent : (slots.address(row) + offset).loadUnaligned(as: T.self)
                out.initializeElement(at: position, to: value)
            }
            count = rows.count
        }
    }

    /// nil where no row is NULL.
    private func validity(_ index: Int, _ rows: [Int32]) -> Bitmap? {
        if !hasSeenNull[index], !rows.contains(where: { $0 < 0 }) { return nil }
        let (nullByte, nullMask) = (fields[index].nullByte, fields[index].nullMask)
        var words: [UInt64] = []
        var start = 0
        while start < rows.count {
            let end = min(start + 64, rows.count)
            var word: UInt64 = ~0
            for position in start..<end {
                let row = rows[position]
                let isNull =
                    row < 0 || slots.address(row).load(fromByteOffset: nullByte, as: UInt8.self) & nullMask != 0
                word &= ~((isNull ? 1 : 0) << UInt64(position &- start))
            }
            if word != ~0, words.isEmpty { words = [UInt64](repeating: ~0, count: (rows.count + 63) / 64) }
            if word != ~0 { words[start / 64] = word }
            start = end
        }
        return words.isEmpty ? nil : Bitmap(words: words, count: rows.count)
    }

    /// The texts with all long ones copied into one buffer: heap blocks are reused, published bytes never change. A text
    /// that comes again soon, as that of a row with many partners, is copied once.
    private func texts(_ rows: [Int32], _ offset: Int) -> TextValues {
        var views: [TextView] = gather(rows, offset, TextView())
        let heap = heap
        var total = 0
        // By the end of a reference: where its text lies in the buffer.
        let recent = 256
        var copies: [(reference: UInt32, offset: UInt32, length: UInt32)] = []
        withUnsafeTemporaryAllocation(of: (reference: UInt32, offset: UInt32).self, capacity: recent) { known in
            known.initialize(repeating: (UInt32.max, 0))
            views.withUnsafeMutableBufferPointer { views in
                for position in 0..<views.count where !views[position].isInline {
                    let view = views[position]
                    let place = Int(truncatingIfNeeded: view.low ^ view.low &>> 8) & (recent - 1)
                    if known[place].reference != view.low {
                        precondition(total <= Int(UInt32.max), "the texts of a batch fit 4 GiB")
                        known[place] = (view.low, UInt32(truncatingIfNeeded: total))
                        copies.append((view.low, UInt32(truncatingIfNeeded: total), view.length))
                        total += Int(view.length)
                    }
                    views[position].low = 0
                    views[position].high = known[place].offset
                }
            }
        }
        if total == 0 { return TextValues(views: views, buffers: []) }
        let buffer = SharedBytes(capacity: total)
        for copy in copies {
            (buffer.base + Int(copy.offset)).copyMemory(from: heap.address(copy.reference), byteCount: Int(copy.length))
        }
        buffer.count = total
        return TextValues(views: views, buffers: [buffer])
    }
}
