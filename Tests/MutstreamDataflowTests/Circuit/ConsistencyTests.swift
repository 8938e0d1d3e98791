import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

/// Money moves between accounts and none is made: views of one stream of transfers agree after every step.
///
/// ```
/// transfers -> credits (sum by receiver) -\
///          \-> debits (sum by sender) -----> balance (joined by account) -> total
/// ```
@Suite struct ConsistencyTests {
    /// (id, sender, receiver, amount).
    private static let transfer: [DataType] = [.bigint, .bigint, .bigint, .bigint]
    private static let sum = DataType.decimal(precision: 38, scale: 0)
    private static let accounts = 6

    private struct Bank {
        let circuit: Circuit
        let transfers: Int
        let accounts: Int?
        let balance: Edge
        let total: Edge
        let failures: [Edge]
    }

    private static func sums(_ circuit: Circuit, _ transfers: Edge, by key: Int, _ label: String) -> Edge {
        let operation = GroupAggregate(
            inputTypes: transfer, keys: [key], aggregates: [AggregateSpec(.sum, columns: [3], resultType: sum)],
            appendOnly: false)
        return circuit.add(
            operation, inputs: [transfers], outputTypes: [[.bigint, sum], transfer, [.bigint, .text]], label: label)[0]
    }

    /// The difference of two sums, each 0 where it is NULL.
    private static func difference(_ credit: Int, _ debit: Int) throws -> Expression {
        func known(_ column: Int) throws -> Expression {
            try Typing.call("coalesce", [.column(column, sum), Typing.number("0")])
        }
        return try Typing.binary("-", known(credit), known(debit))
    }

    private static func join(
        _ kind: MaintainedJoin.Kind, _ circuit: Circuit, _ left: (Edge, [DataType]), _ right: (Edge, [DataType])
    ) -> (Edge, [DataType]) {
        let types = left.1 + right.1
        let operation = MaintainedJoin(kind, leftTypes: left.1, rightTypes: right.1, leftKeys: [0], rightKeys: [0])
        return (circuit.add(operation, inputs: [left.0, right.0], outputTypes: [types], label: "join")[0], types)
    }

    /// - Parameter hasAccounts: whether the balance starts from a table of accounts, else from both sums.
    private static func bank(hasAccounts: Bool) throws -> Bank {
        let circuit = Circuit()
        let (transfers, number) = circuit.addInput(types: transfer, label: "transfers")
        let credits = (sums(circuit, transfers, by: 2, "credits"), [DataType.bigint, sum])
        let debits = (sums(circuit, transfers, by: 1, "debits"), [DataType.bigint, sum])
        var accounts: Int?
        let joined: (Edge, [DataType])
        let list: [Expression]
        if hasAccounts {
            let (table, input) = circuit.addInput(types: [.bigint], label: "accounts")
            accounts = input
            let withCredits = join(.left, circuit, (table, [.bigint]), credits)
            joined = join(.left, circuit, withCredits, debits)
            list = [.column(0, .bigint), try difference(2, 4)]
        } else {
            joined = join(.full, circuit, credits, debits)
            let account = try Typing.call("coalesce", [.column(0, .bigint), .column(2, .bigint)])
            list = [account, try difference(1, 3)]
        }
        let types = list.map(\.type)
        let balance = circuit.add(
            FilterProject(predicate: nil, expressions: list), inputs: [joined.0],
            outputTypes: [types, joined.1 + [.text]], label: "balance")
        let result = try #require(AggregateFunction.resultType(name: "sum", argument: types[1]))
        let total = circuit.add(
            GroupAggregate(
                inputTypes: types, keys: [], aggregates: [AggregateSpec(.sum, columns: [1], resultType: result)],
                appendOnly: false), inputs: [balance[0]], outputTypes: [[result], types, [.text]], label: "total")
        return Bank(
            circuit: circuit, transfers: number, accounts: accounts, balance: balance[0], total: total[0],
            failures: [balance[1], total[2]])
    }

    /// Transfers made, changed in one go and taken back.
    private func changes(_ count: Int, _ random: inout SplitMix64) -> [TestRow] {
        var kept: [[Value]] = []
        var result: [TestRow] = []
        for ordinal in 0..<Int64(count) {
            let (from, to) = (random.below(Self.accounts), random.below(Self.accounts))
            let fresh: [Value] = [
                .int64(ordinal), .int64(Int64(from)), .int64(Int64(to)), .int64(Int64(1 + random.below(100))),
            ]
            let removed = random.below(3)
            if removed < 2, !kept.isEmpty {
                result.append(TestRow(kept.remove(at: random.below(kept.count)), weight: -1, ordinal: ordinal))
            }
            if removed == 1, random.oneIn(2) { continue }
            kept.append(fresh)
            result.append(TestRow(fresh, ordinal: ordinal))
        }
        return result
    }

    private func balances(_ transfers: some Sequence<TestRow>, _ accounts: [Int64]) -> [[Value]: Int64] {
        var sums: [Int64: Int128] = Dictionary(uniqueKeysWithValues: accounts.map { ($0, 0) })
        for (row, weight) in integrated(Array(transfers)) {
            guard case .int64(let from) = row[1], case .int64(let to) = row[2], case .int64(let amount) = row[3] else {
                continue
            }
            sums[from, default: 0] -= Int128(amount * weight)
            sums[to, default: 0] += Int128(amount * weight)
        }
        return Dictionary(uniqueKeysWithValues: sums.map { ([.int64($0), .decimal($1)], 1) })
    }

    @Test(arguments: [false, true]) func `the total is 0 after every step`(hasAccounts: Bool) throws {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<6 {
            let bank = try Self.bank(hasAccounts: hasAccounts)
            let rows = changes(150, &random)
            let known = hasAccounts ? (0..<Int64(Self.accounts)).map { $0 } : []
            var (balance, total): ([TestRow], [TestRow]) = ([], [])
            var step: Int64 = 0
            func run(_ inputs: [(input: Int, delta: Delta)], _ seen: some Sequence<TestRow>) {
                bank.circuit.step(inputs, StepContext(step: step, clock: 0))
                step += 1
                balance += TestSupport.rows(of: bank.circuit.delta(bank.balance).batch)
                total += TestSupport.rows(of: bank.circuit.delta(bank.total).batch)
                let net = integrated(balance)
                #expect(net == balances(seen, known))
                #expect(integrated(total) == [[net.isEmpty ? .null : .decimal(0)]: 1])
                for edge in bank.failures { #expect(bank.circuit.delta(edge).batch.isEmpty) }
            }
            if let accounts = bank.accounts {
                let table = batch([.bigint], known.map { TestRow([.int64($0)], ordinal: -1) })
                run([(accounts, Delta(table))], [])
            }
            for range in divisions(rows.map(\.ordinal), &random) {
                run([(bank.transfers, Delta(batch(Self.transfer, Array(rows[range]))))], rows[..<range.upperBound])
            }
        }
    }
}
