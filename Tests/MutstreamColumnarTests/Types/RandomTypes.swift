import MutstreamColumnar

/// A value as a tree: the model that the codecs are held against.
indirect enum Tree: Equatable {
    case null
    case scalar(Value)
    /// Elements of an array or fields of a row.
    case list([Tree])
    /// Keys and values, the keys in order and unique.
    case map([(key: Tree, value: Tree)])

    static func == (lhs: Tree, rhs: Tree) -> Bool {
        switch (lhs, rhs) {
        case (.null, .null): true
        case (.scalar(let a), .scalar(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// As it lies in a column.
    func value(_ type: DataType) -> Value {
        switch self {
        case .null: return .null
        case .scalar(let value): return value
        case .list, .map:
            let writer = CompositeWriter()
            write(type, writer)
            return Value(bytes: writer.bytes)
        }
    }

    /// The elements of a composite, or an element of one.
    private func write(_ type: DataType, _ writer: CompositeWriter) {
        switch (self, type) {
        case (.list(let elements), .array(let element)):
            for tree in elements { tree.writeElement(element, writer) }
            writer.endArray()
        case (.list(let elements), .row(let fields)):
            for (tree, field) in zip(elements, fields) { tree.writeElement(field.type, writer) }
        case (.map(let entries), .map(let key, let value)):
            for entry in entries {
                entry.key.writeElement(key, writer)
                entry.value.writeElement(value, writer)
            }
            writer.endArray()
        default: break
        }
    }

    private func writeElement(_ type: DataType, _ writer: CompositeWriter) {
        switch self {
        case .null: writer.appendNull()
        case .scalar(let value): writer.append(value, type)
        case .list, .map:
            writer.beginNested()
            write(type, writer)
        }
    }

    /// PostgreSQL's order: NULL last, shorter lists first, NaN greatest. Negative, 0 or positive.
    static func order(_ lhs: Tree, _ rhs: Tree) -> Int {
        switch (lhs, rhs) {
        case (.null, .null): return 0
        case (.null, _): return 1
        case (_, .null): return -1
        case (.list(let a), .list(let b)):
            for (x, y) in zip(a, b) {
                let order = order(x, y)
                if order != 0 { return order }
            }
            return a.count - b.count
        case (.scalar(let a), .scalar(let b)): return order(a, b)
        default: return 0
        }
    }

    private static func order(_ lhs: Value, _ rhs: Value) -> Int {
        switch (lhs, rhs) {
        case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        case (.int64(let a), .int64(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.decimal(let a), .decimal(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.double(let a), .double(let b)):
            if a.isNaN || b.isNaN { return (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) }
            return a < b ? -1 : a == b ? 0 : 1
        case (.interval(let a), .interval(let b)):
            if a.comparable != b.comparable { return a.comparable < b.comparable ? -1 : 1 }
            if a.months != b.months { return a.months < b.months ? -1 : 1 }
            return a.days < b.days ? -1 : a.days == b.days ? 0 : 1
        default:
            let (a, b) = (lhs.rawBytes ?? [], rhs.rawBytes ?? [])
            return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
        }
    }
}

extension SeededRandom {
    static let scalars: [DataType] = [
        .boolean, .smallint, .int, .bigint, .real, .double, .decimal(precision: 12, scale: 2), .text, .bytes, .date, .time,
        .timestamp, .timestamptz, .interval, .uuid, .json,
    ]

    /// A type that nests at most `depth` times.
    mutating func type(depth: Int) -> DataType {
        if depth > 0, chance(60) {
            switch below(3) {
            case 0: return .array(type(depth: depth - 1))
            case 1: return .row((0...below(3)).map { Field("f\($0)", type(depth: depth - 1)) })
            default: return .map(chance(50) ? .text : .int, type(depth: depth - 1))
            }
        }
        return SeededRandom.scalars[below(SeededRandom.scalars.count)]
    }

    /// A value of a type. Floats are finite and never -0, which arrays do not keep.
    mutating func tree(_ type: DataType, nulls: Int = 15) -> Tree {
        if chance(nulls) { return .null }
        switch type {
        case .array(let element): return .list((0..<below(4)).map { _ in tree(element) })
        case .row(let fields): return .list(fields.map { tree($0.type) })
        case .map(let key, let value):
            var entries: [(key: Tree, value: Tree)] = []
            for _ in 0..<below(4) {
                let key = tree(key, nulls: 0)
                if !entries.contains(where: { $0.key == key }) { entries.append((key, tree(value))) }
            }
            entries.sort { Tree.order($0.key, $1.key) < 0 }
            return .map(entries)
        default: return .scalar(scalar(type))
        }
    }

    private mutating func scalar(_ type: DataType) -> Value {
        switch type {
        case .boolean: return .bool(chance(50))
        case .smallint, .int, .bigint:
            let range = type.integerRange
            if chance(10) { return .int64(chance(50) ? range.lowerBound : range.upperBound) }
            return .int64(chance(50) ? Int64(below(20)) - 10 : Int64.random(in: range, using: &self))
        case .real:
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: next()))
            return .double(value.isFinite && value != 0 ? Double(value) : Double(below(9)) / 4)
        case .double:
            let value = Double(bitPattern: next())
            return .double(value.isFinite && value != 0 && chance(50) ? value : Double(below(2000) - 1000) / 8)
        case .decimal: return .decimal(Int128(Int64.random(in: -999_999_999_999...999_999_999_999, using: &self)))
        case .uuid: return .decimal(Int128(truncatingIfNeeded: UInt128(next()) << 64 | UInt128(next())))
        case .date: return .int64(Int64.random(in: -719_162...2_932_896, using: &self))
        case .time: return .int64(chance(5) ? 86_400_000_000 : Int64.random(in: 0..<86_400_000_000, using: &self))
        case .timestamp, .timestamptz:
            return .int64(Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &self))
        case .interval:
            return .interval(
                Interval(
                    months: Int32(below(50)) - 25, days: Int32(below(80)) - 40,
                    microseconds: chance(30) ? 0 : Int64.random(in: -200_000_000_000...200_000_000_000, using: &self)))
        case .bytes:
            return Value(bytes: (0..<below(6)).map { _ in chance(40) ? (chance(50) ? 0 : 0xff) : UInt8(below(256)) })
        case .json: return .text(["1", "\"x,\\\"y\\\"\"", "[1, 2]", "{\"a\": null}", "true", "1.50"][below(6)])
        default:
            let parts = ["a", "b", " ", "é", "\"", "\\", ",", "{", "}", "(", ")", "NULL", "=>", "日本語", "\n", "\t", "'", "x"]
            return .text((0..<below(5)).map { _ in parts[below(parts.count)] }.joined())
        }
    }
}
