import Foundation
import Testing

@testable import MutstreamSQL

/// `parse(sql(parse(text)))` is `parse(text)`, trees compared by what ``dump(_:)`` shows of them.
@Suite struct RoundTripTests {
    private func firstDifference(_ statement: Statement) -> String? {
        let text = sql(statement)
        do throws(SQLError) {
            let again = try Parser.parse(text)
            return dump(again) == dump([statement]) ? nil : "\(text)\n\(dump([statement]))\(dump(again))"
        } catch {
            return "\(error.message) in \(text)"
        }
    }

    @Test(arguments: ["design", "tables", "queries", "expressions", "dialects", "statements"])
    func `a written statement reads as the same tree`(name: String) throws {
        for statement in try Parser.parse(try Golden.read(name + ".sql")) {
            let difference = firstDifference(statement)
            #expect(difference == nil)
        }
    }

    /// Random expressions as trees: the text has the parentheses that the tree needs, and no tree is read as another.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a random expression is read as it was written`(seed: UInt64) throws {
        var random = Seeded(state: seed)
        for index in 0..<1_500 {
            let expression = RandomTree.expression(depth: Int.random(in: 1...5, using: &random), &random)
            let text = sql(expression)
            let query = Query(
                body: .select(Select(items: [SelectItem(expression: expression)], range: expression.range)),
                range: expression.range)
            let expected = dump([Statement(.query(query), range: expression.range)])
            do throws(SQLError) {
                let actual = dump(try Parser.parse("SELECT " + text))
                guard actual == expected else {
                    Issue.record("case \(index) of seed \(seed): \(text)\n\(expected)\(actual)")
                    return
                }
            } catch {
                Issue.record("case \(index) of seed \(seed): \(error.message) in \(text)")
                return
            }
        }
    }

    /// Statements with a few bytes changed: whatever is still read must be written as it is read.
    @Test func `a mutated statement that is read is written as it is read`() throws {
        var random = Seeded(state: 7)
        let names = ["design", "tables", "queries", "expressions", "dialects", "statements"]
        var texts: [[UInt8]] = []
        for name in names {
            let text = try Golden.read(name + ".sql")
            for range in Parser.statements(in: text) { texts.append(Array(Array(text.utf8)[range.start..<range.end])) }
        }
        var read = 0
        for _ in 0..<3_000 {
            var bytes = Array((texts.randomElement(using: &random) ?? []).prefix(700))
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, texts, &random) }
            guard let statements = try? Parser.parse(utf8: bytes) else { continue }
            for statement in statements {
                read += 1
                guard let difference = firstDifference(statement) else { continue }
                Issue.record("\(String(decoding: bytes, as: UTF8.self))\n\(difference)")
                return
            }
        }
        #expect(read > 200)
    }

    /// Drops, repeats or exchanges a word, or puts in a symbol.
    private func mutate(_ bytes: inout [UInt8], _ texts: [[UInt8]], _ random: inout Seeded) {
        var words = bytes.split(separator: 0x20, omittingEmptySubsequences: true).map(Array.init)
        guard !words.isEmpty else { return }
        let place = Int.random(in: 0..<words.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: words.remove(at: place)
        case 1: words.insert(words[place], at: place)
        case 2: words.swapAt(place, Int.random(in: 0..<words.count, using: &random))
        default:
            let symbols = ["(", ")", ",", "-", "NOT", "[1]", "::int", "a", "1", "'x'", ".", "*", "||", "@", "IS NULL"]
            words.insert(Array((symbols.randomElement(using: &random) ?? "").utf8), at: place)
        }
        bytes = Array(words.joined(separator: [0x20]))
    }
}

/// Expression trees of every kind, with random operands.
enum RandomTree {
    private static let nowhere = SourceRange(0, 0)

    static func expression(depth: Int, _ random: inout Seeded) -> Expr {
        Expr(depth <= 0 ? leaf(&random) : kind(depth, &random), range: nowhere)
    }

    private static func leaf(_ random: inout Seeded) -> ExprKind {
        let name = Identifier("a", range: nowhere)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .number("1")
        case 1: return .string("it's")
        case 2: return .null
        case 3: return .boolean(true)
        case 4: return .interval("1", unit: "day to second")
        case 5: return .typedString(TypeName("decimal", arguments: [5, 2], range: nowhere), "1")
        case 6: return .parameter(3)
        case 7: return .column([name, Identifier("Order", quoted: true, range: nowhere)])
        default: return .column([name])
        }
    }

    private static func kind(_ depth: Int, _ random: inout Seeded) -> ExprKind {
        func one() -> Expr { expression(depth: depth - Int.random(in: 1...2, using: &random), &random) }
        func flag() -> Bool { Bool.random(using: &random) }
        switch Int.random(in: 0..<26, using: &random) {
        case 0..<8:
            let all = BinaryOperator.allCases.filter { !$0.isLike }
            return .binary(all.randomElement(using: &random) ?? .plus, one(), one())
        case 8, 9:
            let all: [UnaryOperator] = [.minus, .plus, .not, .bitNot, .squareRoot, .cubeRoot, .absolute, .queryNot]
            return .unary(all.randomElement(using: &random) ?? .not, one())
        case 10: return .isNull(one(), negated: flag())
        case 11: return .isTruth(one(), flag() ? nil : flag(), negated: flag())
        case 12: return .isDistinct(one(), one(), negated: flag())
        case 13: return .between(one(), low: one(), high: one(), negated: flag(), symmetric: flag())
        case 14: return .inList(one(), [one(), one()], negated: flag())
        case 15: return .like(one(), pattern: one(), escape: flag() ? one() : nil, negated: flag(), ignoreCase: flag())
        case 16: return .similar(one(), pattern: one(), escape: flag() ? one() : nil, negated: flag())
        case 17:
            let symbols: [BinaryOperator] = [.equal, .less, .like, .notLikeIgnoringCase, .concat, .matches]
            return .quantified(one(), symbols.randomElement(using: &random) ?? .equal, isAll: flag(), .array(one()))
        case 18: return .atTimeZone(one(), one())
        case 19: return .collate(one(), Identifier("C", quoted: true, range: nowhere))
        case 20: return .caseWhen(operand: one(), branches: [CaseBranch(condition: one(), result: one())], otherwise: one())
        case 21: return .cast(one(), TypeName("int", arrayDepth: 1, range: nowhere), isTry: flag())
        case 22: return flag() ? .array([one(), one()]) : .row([one(), one()])
        case 23: return .map([(one(), one())])
        case 24: return flag() ? .subscripted(one(), index: one()) : .slice(one(), from: flag() ? one() : nil, to: one())
        default: return .function(FunctionCall(name: Identifier("f", range: nowhere), arguments: [one(), one()]))
        }
    }
}
