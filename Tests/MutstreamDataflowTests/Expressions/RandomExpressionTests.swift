import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

extension SplitMix64 {
    mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}

/// Typed expressions at random, over columns of ``types``.
struct ExpressionMaker {
    var random: SplitMix64
    static let types: [DataType] = [
        .int, .bigint, .double, .decimal(precision: 9, scale: 2), .text, .boolean, .int, .text,
    ]

    mutating func value(_ type: DataType) -> Value {
        if random.below(5) == 0 { return .null }
        switch type {
        case .boolean: return .bool(random.below(2) == 0)
        case .int: return .int64(Int64(random.pick([0, 1, -1, 7, Int(Int32.max), Int(Int32.min), random.below(100) - 50])))
        case .bigint: return .int64(Int64(random.pick([0, 1, -1, Int.max, Int.min, random.below(1000) - 500])))
        case .double: return .double(random.pick([0, -0.0, 1.5, .nan, .infinity, 1e300, -1e-300, Double(random.below(100)) / 4]))
        case .decimal: return .decimal(Int128(random.pick([0, 1, -150, 999_999_999, random.below(100_000) - 50_000])))
        default: return .text(random.pick(["", "a", "42", "-7", "true", "Überlänge in bytes", "long enough to leave the view", "1e3", "ß日本"]))
        }
    }

    mutating func leaf(_ type: DataType) -> Expression {
        let columns = ExpressionMaker.types.indices.filter { ExpressionMaker.types[$0] == type }
        if !columns.isEmpty, random.below(4) > 0 { return .column(random.pick(columns), type) }
        return .literal(value(type), type)
    }

    mutating func expression(_ type: DataType, _ depth: Int) throws -> Expression {
        if depth == 0 { return leaf(type) }
        switch random.below(8) {
        case 0:
            return try Typing.caseWhen(
                [(try expression(.boolean, depth - 1), try expression(type, depth - 1)),
                 (try expression(.boolean, depth - 1), try expression(type, depth - 1))],
                otherwise: random.below(2) == 0 ? nil : try expression(type, depth - 1))
        case 1: return try Typing.coalesce([try expression(type, depth - 1), try expression(type, depth - 1)])
        case 2: return try Typing.nullif(try expression(type, depth - 1), try expression(type, depth - 1))
        case 3: return try Typing.call(random.pick(["greatest", "least"]), [try expression(type, depth - 1), try expression(type, depth - 1), leaf(type)])
        case 4 where type != .boolean:
            let from = type == .text ? random.pick(ExpressionMaker.types) : random.pick([.text, .int, .bigint])
            if Conversion.strength(from: from, to: type) == nil { return leaf(type) }
            return try Typing.cast(try expression(from, depth - 1), to: type, isTry: random.below(2) == 0)
        default: return try operation(type, depth)
        }
    }

    private mutating func operation(_ type: DataType, _ depth: Int) throws -> Expression {
        switch type {
        case .int, .bigint:
            if type == .int, random.below(4) == 0 { return try Typing.call("length", [try expression(.text, depth - 1)]) }
            if random.below(5) == 0 { return try Typing.call("abs", [try expression(type, depth - 1)]) }
            return try Typing.binary(
                random.pick(["+", "-", "*", "/", "%"]), try expression(type, depth - 1), try expression(type, depth - 1))
        case .double:
            return try Typing.binary(random.pick(["+", "-", "*"]), try expression(type, depth - 1), try expression(type, depth - 1))
        case .decimal:
            let made = try Typing.binary(random.pick(["+", "-", "*"]), try expression(type, depth - 1), try expression(type, depth - 1))
            return try Typing.cast(made, to: type)
        case .text:
            switch random.below(3) {
            case 0: return try Typing.binary("||", try expression(.text, depth - 1), try expression(.text, depth - 1))
            case 1: return try Typing.call("left", [try expression(.text, depth - 1), leaf(.int)])
            default: return try Typing.call("concat_ws", [.literal(.text("-"), .text), leaf(.text)]).children[1]
            }
        default:
            let other = random.pick(ExpressionMaker.types)
            switch random.below(7) {
            case 0: return try Typing.and([try expression(.boolean, depth - 1), try expression(.boolean, depth - 1), leaf(.boolean)])
            case 1: return try Typing.or([try expression(.boolean, depth - 1), try expression(.boolean, depth - 1)])
            case 2: return try Typing.not(try expression(.boolean, depth - 1))
            case 3: return Typing.isNull(try expression(other, depth - 1))
            case 4: return try Typing.isDistinct(try expression(other, depth - 1), try expression(other, depth - 1))
            case 5: return try Typing.inList(try expression(other, depth - 1), [leaf(other), leaf(other), leaf(other)])
            default:
                return try Typing.binary(
                    random.pick(["=", "<>", "<", "<=", ">", ">="]), try expression(other, depth - 1), try expression(other, depth - 1))
            }
        }
    }
}

@Suite struct RandomExpressionTests {
    static func same(_ lhs: Value, _ rhs: Value) -> Bool {
        if case .double(let x) = lhs, case .double(let y) = rhs { return x == y || (x.isNaN && y.isNaN) }
        return lhs == rhs
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `columns give what single rows give`(count: Int) throws {
        let seed = testSeed()
        var maker = ExpressionMaker(random: SplitMix64(seed: seed &+ UInt64(count)))
        for round in 0..<250 {
            let rows = (0..<count).map { _ in ExpressionMaker.types.map { maker.value($0) } }
            let columns = ExpressionMaker.types.indices.map { index in
                let builder = ColumnBuilder(ExpressionMaker.types[index])
                for row in rows { builder.append(row[index]) }
                return builder.finish()
            }
            let batch = Batch(columns: columns, count: count, ordinals: Ordinals(first: 0))
            let expression = try maker.expression(maker.random.pick(ExpressionMaker.types), 1 + round % 4)
            for (form, tested) in [("as made", expression), ("folded", expression.folded())] {
                let evaluator = Evaluator(tested)
                _ = evaluator.evaluate(batch)
                let evaluated = evaluator.evaluate(batch)
                #expect(evaluated.column.count == count)
                #expect(zip(evaluated.failures, evaluated.failures.dropFirst()).allSatisfy { $0.row < $1.row })
                #expect(evaluated.failures.isEmpty || tested.mayFail, "promised not to fail: \(tested.sql)")
                for row in 0..<count {
                    let hasFailed = evaluated.failures.contains { $0.row == Int32(row) }
                    let ours = hasFailed ? Optional<Value>.none : evaluated.column.value(at: row)
                    let theirs = try? Oracle(row: rows[row]).value(expression)
                    let agree: Bool
                    switch (ours, theirs) {
                    case (.some(let ours), .some(let theirs)): agree = RandomExpressionTests.same(ours, theirs)
                    default: agree = (ours == Optional<Value>.none) == (theirs == Optional<Value>.none)
                    }
                    if !agree {
                        Issue.record(
                            "seed \(seed), round \(round), row \(row) \(form): \(String(describing: ours)), expected \(String(describing: theirs)): \(tested.sql) over \(rows[row])")
                        return
                    }
                    if hasFailed { #expect(evaluated.column.value(at: row).isNull) }
                }
            }
        }
    }
}
