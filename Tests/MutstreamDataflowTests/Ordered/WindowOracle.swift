import MutstreamColumnar
import MutstreamDataflow
import TestSupport

/// What a batch of rows with OVER calls looks like, from the definitions: each row looks at all rows of its partition.
struct WindowOracle {
    let types: [DataType]
    let partition: [Int]
    let order: [SortItem]
    let calls: [WindowCall]
    /// Of the partition at hand, by row: groups of peers before its own.
    private var groups: [Int] = []

    init(types: [DataType], partition: [Int], order: [SortItem], calls: [WindowCall]) {
        self.types = types
        self.partition = partition
        self.order = order
        self.calls = calls
    }

    /// Input columns and results, as often as they occur.
    func evaluate(_ rows: [[Value]]) -> [[Value]: Int64] {
        var result: [[Value]: Int64] = [:]
        for sorted in OrderedOracle.partitions(rows, by: partition, order) {
            var own = self
            for place in sorted.indices {
                let isNew = place > 0 && !peers(sorted[place - 1], sorted[place])
                own.groups.append((own.groups.last ?? 0) + (isNew ? 1 : 0))
            }
            for place in sorted.indices {
                let row = sorted[place] + calls.map { own.value($0, sorted, place) }
                result[OrderedOracle.exact(row), default: 0] += 1
            }
        }
        return result
    }

    private func peers(_ lhs: [Value], _ rhs: [Value]) -> Bool { OrderedOracle.compare(lhs, rhs, order) == 0 }

    private func argument(_ call: WindowCall, _ index: Int, _ row: [Value]) -> Value? {
        if index < call.columns.count { return row[call.columns[index]] }
        let place = index - call.columns.count
        // Not `nil`, which would be the value NULL.
        return place < call.constants.count ? call.constants[place] : Value?.none
    }

    private func value(_ call: WindowCall, _ rows: [[Value]], _ i: Int) -> Value {
        let n = rows.count
        let before = rows[..<i].filter { !peers($0, rows[i]) }.count
        switch call.function {
        case .rowNumber: return .int64(Int64(i + 1))
        case .rank: return .int64(Int64(before + 1))
        case .denseRank: return .int64(Int64((1...max(i, 1)).count { $0 <= i && !peers(rows[$0 - 1], rows[$0]) } + 1))
        case .percentRank: return .double(n > 1 ? Double(before) / Double(n - 1) : 0)
        case .cumeDist: return .double(Double(rows.count { OrderedOracle.compare($0, rows[i], order) <= 0 }) / Double(n))
        case .ntile:
            guard case .int64(let k)? = argument(call, 0, rows[0]) else { return .null }
            // Deals the rows out: the first buckets get one more.
            var sizes = [Int](repeating: n / Int(k), count: Int(k))
            for bucket in 0..<(n % Int(k)) { sizes[bucket] += 1 }
            var last = 0
            for (bucket, size) in sizes.enumerated() {
                last += size
                if i < last { return .int64(Int64(bucket + 1)) }
            }
            return .null
        case .lag, .lead: return shifted(call, rows, i)
        default: return framed(call, rows, i)
        }
    }

    private func shifted(_ call: WindowCall, _ rows: [[Value]], _ i: Int) -> Value {
        let offset: Int
        switch argument(call, 1, rows[i]) {
        case .int64(let value)?: offset = Int(value)
        case Value?.none: offset = 1
        default: return .null
        }
        let delta = call.function == .lag ? -offset : offset
        let column = call.columns[0]
        var candidates = Array(rows.indices)
        if call.ignoreNulls, delta != 0 {
            candidates = candidates.filter { delta < 0 ? $0 < i : $0 > i }.filter { !rows[$0][column].isNull }
            let place = delta < 0 ? candidates.count + delta : delta - 1
            if candidates.indices.contains(place) { return rows[candidates[place]][column] }
        } else if candidates.contains(i + delta) {
            return rows[i + delta][column]
        }
        return argument(call, 2, rows[i]) ?? .null
    }

    // MARK: Frames

    /// Whether row `j` is not before the start of row `i`'s frame (or not behind its end).
    private func isWithin(
        _ bound: WindowFrameSpec.Bound, isStart: Bool, _ unit: WindowFrameSpec.Unit, _ rows: [[Value]], _ i: Int, _ j: Int
    ) -> Bool {
        let sign: Int
        let offset: Value
        switch bound {
        case .unboundedPreceding, .unboundedFollowing: return true
        case .currentRow: (sign, offset) = (0, .int64(0))
        case .preceding(let value): (sign, offset) = (-1, value)
        case .following(let value): (sign, offset) = (1, value)
        }
        var place = 0
        switch (unit, offset) {
        case (.rows, .int64(let count)): place = j - (i + sign * Int(min(count, 1 << 40)))
        case (.groups, .int64(let count)): place = groups[j] - (groups[i] + sign * Int(min(count, 1 << 40)))
        case (.range, _):
            if sign == 0 {
                place = OrderedOracle.compare(rows[j], rows[i], order)
            } else {
                place = compareMoved(rows[j], rows[i], sign, offset)
            }
        default: break
        }
        return isStart ? place >= 0 : place <= 0
    }

    /// Where the value of `row` lies against that of `base` moved by an offset.
    private func compareMoved(_ row: [Value], _ base: [Value], _ sign: Int, _ offset: Value) -> Int {
        let item = order[0]
        let (a, b) = (row[item.column], base[item.column])
        if a.isNull || b.isNull { return OrderedOracle.compare(row, base, order) }
        let up = item.descending ? -sign : sign
        let moved: Value
        switch (b, offset) {
        case (.int64(let value), .int64(let span)): moved = .int64(value + Int64(up) * span)
        case (.decimal(let value), .decimal(let span)): moved = .decimal(value + Int128(up) * span)
        case (.double(let value), .double(let span)): moved = .double(value + Double(up) * span)
        case (.interval(let value), .interval(let span)):
            let length = value.comparable + Int128(up) * span.comparable
            guard case .interval(let other) = a else { return 0 }
            let result = other.comparable < length ? -1 : other.comparable > length ? 1 : 0
            return item.descending ? -result : result
        case (.int64(let value), .interval(let span)):
            let isDate = types[item.column] == .date
            let time = isDate ? value * 86_400_000_000 : value
            let sum = (up > 0 ? CivilTime.add(span, to: time) : CivilTime.subtract(span, from: time)) ?? 0
            guard case .int64(let other) = a else { return 0 }
            let result = (isDate ? other * 86_400_000_000 : other) - sum
            return item.descending ? Int(-result.signum()) : Int(result.signum())
        default: moved = b
        }
        let result = OrderedOracle.compare(a, moved)
        return item.descending ? -result : result
    }

    private func framed(_ call: WindowCall, _ rows: [[Value]], _ i: Int) -> Value {
        let frame = call.frame
        let places = rows.indices.filter { j in
            guard isWithin(frame.start, isStart: true, frame.unit, rows, i, j),
                isWithin(frame.end, isStart: false, frame.unit, rows, i, j)
            else { return false }
            switch frame.exclusion {
            case .noOthers: return true
            case .currentRow: return j != i
            case .group: return groups[i] != groups[j]
            case .ties: return j == i || groups[i] != groups[j]
            }
        }
        if !call.function.isAggregate {
            let column = call.columns[0]
            let values = places.map { rows[$0][column] }.filter { !call.ignoreNulls || !$0.isNull }
            switch call.function {
            case .firstValue: return values.first ?? .null
            case .lastValue: return values.last ?? .null
            default:
                guard case .int64(let n)? = argument(call, 1, rows[i]) else { return .null }
                return values.indices.contains(Int(n) - 1) ? values[Int(n) - 1] : .null
            }
        }
        let taken = places.map { rows[$0] }.filter { row in call.filter.map { row[$0] == .bool(true) } ?? true }
        return sum(call, taken)
    }

    private func sum(_ call: WindowCall, _ rows: [[Value]]) -> Value {
        guard let column = call.columns.first else { return .int64(Int64(rows.count)) }
        let kept = rows.filter { !$0[column].isNull }
        let values = kept.map { $0[column] }
        if call.function == .count, call.isDistinct {
            var distinct: [Value] = []
            for value in values where !distinct.contains(where: { OrderedOracle.compare($0, value) == 0 }) {
                distinct.append(value)
            }
            return .int64(Int64(distinct.count))
        }
        if call.function == .count { return .int64(Int64(values.count)) }
        guard var result = values.first else { return .null }
        if call.function == .stringAgg {
            var text = ""
            for (place, row) in kept.enumerated() {
                guard case .text(let piece) = row[column] else { continue }
                if place > 0, case .text(let separator)? = argument(call, 1, row) { text += separator }
                text += piece
            }
            return .text(text)
        }
        if call.function == .sum || call.function == .avg { return total(call, values) }
        for value in values.dropFirst() {
            switch (call.function, result, value) {
            // Of equal values the last, as in PostgreSQL.
            case (.min, _, _): if OrderedOracle.compare(value, result) <= 0 { result = value }
            case (.max, _, _): if OrderedOracle.compare(value, result) >= 0 { result = value }
            case (.boolAnd, .bool(let a), .bool(let b)): result = .bool(a && b)
            case (.boolOr, .bool(let a), .bool(let b)): result = .bool(a || b)
            case (.bitAnd, .int64(let a), .int64(let b)): result = .int64(a & b)
            case (.bitOr, .int64(let a), .int64(let b)): result = .int64(a | b)
            case (.bitXor, .int64(let a), .int64(let b)): result = .int64(a ^ b)
            default: break
            }
        }
        return result
    }

    private func total(_ call: WindowCall, _ values: [Value]) -> Value {
        var exact: Int128 = 0
        var float = 0.0
        var span = Interval()
        for value in values {
            switch value {
            case .int64(let value): exact += Int128(value)
            case .decimal(let value): exact += value
            case .double(let value): float += value
            case .interval(let value):
                span.months += value.months
                span.days += value.days
                span.microseconds += value.microseconds
            default: break
            }
        }
        switch (call.resultType.physical, call.function) {
        case (.double, .avg): return .double(float / Double(values.count))
        case (.double, _): return .double(float)
        case (.interval, _): return .interval(span)
        case (.int64, _): return .int64(Int64(exact))
        case (_, .avg):
            let scale = call.resultType.scale - types[call.columns[0]].scale
            let scaled = (0..<scale).reduce(exact) { product, _ in product * 10 }
            let n = Int128(values.count)
            let (quotient, rest) = scaled.quotientAndRemainder(dividingBy: n)
            return .decimal(abs(rest) * 2 >= n ? quotient + (scaled < 0 ? -1 : 1) : quotient)
        default: return .decimal(exact)
        }
    }
}
