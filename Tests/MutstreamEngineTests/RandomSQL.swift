import TestSupport

/// Random statements and queries in the SQL that this engine and SQLite mean alike: integers and texts, no division, no
/// booleans in results, NULL order written out.
struct RandomSQL {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func pick(_ choices: [String]) -> String { choices[random.below(choices.count)] }
    private mutating func number() -> String { random.oneIn(6) ? "NULL" : "\(random.below(6))" }
    private mutating func text() -> String {
        random.oneIn(6) ? "NULL" : "'\(pick(["x", "y", "z", "a long text of many letters"]))'"
    }

    mutating func below(_ limit: Int) -> Int { random.below(limit) }

    static let tables = [
        "CREATE TABLE t (a INT, b INT, c TEXT)", "CREATE TABLE u (a INT, b INT, c TEXT)",
    ]

    // MARK: Changes

    mutating func change() -> String {
        let table = pick(["t", "u"])
        switch random.below(6) {
        case 0: return "DELETE FROM \(table) WHERE \(condition(""))"
        case 1: return "UPDATE \(table) SET b = \(pick(["b + 1", "a", number()])) WHERE \(condition(""))"
        case 2: return "UPDATE \(table) SET a = \(number()), c = \(text()) WHERE \(condition(""))"
        default:
            let rows = (0...random.below(4)).map { _ in "(\(number()), \(number()), \(text()))" }
            return "INSERT INTO \(table) VALUES \(rows.joined(separator: ", "))"
        }
    }

    // MARK: Queries

    /// A condition over the columns of one table or alias, given with its dot.
    private mutating func condition(_ of: String) -> String {
        switch random.below(8) {
        case 0: return "\(of)a = \(random.below(6))"
        case 1: return "\(of)b > \(random.below(5)) AND \(of)a < 4"
        case 2: return "\(of)a IS NULL OR \(of)b = \(random.below(6))"
        case 3: return "\(of)c = 'x'"
        case 4: return "\(of)a IN (1, 3, \(number()))"
        case 5: return "NOT (\(of)a = \(of)b)"
        case 6: return "\(of)b BETWEEN 1 AND 3"
        default: return "coalesce(\(of)a, 0) + coalesce(\(of)b, 0) > \(random.below(8))"
        }
    }

    private mutating func filter(_ of: String) -> String { random.oneIn(2) ? "" : " WHERE \(condition(of))" }

    /// Something with columns a, b, c.
    private mutating func relation(_ depth: Int) -> String {
        if depth == 0 || random.oneIn(2) { return pick(["t", "u"]) }
        switch random.below(5) {
        case 0: return "(SELECT a, b, c FROM \(relation(depth - 1)) r\(filter("")))"
        case 1: return "(SELECT a, count(*) AS b, max(c) AS c FROM \(relation(depth - 1)) r GROUP BY a)"
        case 2: return "(SELECT DISTINCT a, b, c FROM \(relation(depth - 1)) r)"
        case 3: return "(SELECT a, b, c FROM t\(filter("")) UNION ALL SELECT b, a, c FROM u\(filter("")))"
        default:
            return "(SELECT x.a AS a, y.b AS b, x.c AS c FROM \(relation(depth - 1)) x "
                + "\(pick(["JOIN", "LEFT JOIN"])) \(relation(depth - 1)) y ON x.a = y.a)"
        }
    }

    /// Tables in any order, which a tree of equalities connects but for now and then one.
    private mutating func commaJoin() -> String {
        let count = 3 + random.below(3)
        var conditions = ["j0.a < 5"]
        var names = ["j0"]
        for number in 1..<count {
            let other = "j\(random.below(number))"
            if !random.oneIn(8) { conditions.append("j\(number).\(pick(["a", "b"])) = \(other).\(pick(["a", "b"]))") }
            conditions.append("j\(number).\(pick(["a", "b"])) \(pick(["<", ">"])) \(random.below(4))")
            names.insert("j\(number)", at: random.below(names.count + 1))
        }
        if random.oneIn(2) { conditions.append("j1.b <> j\(count - 1).a") }
        let from = names.map { "\(pick(["t", "u"])) \($0)" }.joined(separator: ", ")
        return "SELECT j0.a, j1.c, j2.b, j\(count - 1).a FROM \(from) WHERE \(conditions.joined(separator: " AND "))"
    }

    /// A filter on the number of a row in its partition. The order leaves only equal rows to chance.
    private mutating func ranked(_ x: String) -> String {
        let order =
            "PARTITION BY \(pick(["a", "b", "c"])) ORDER BY b\(pick([" NULLS LAST", " DESC NULLS FIRST"])), "
            + "a NULLS LAST, c NULLS LAST"
        let bound = pick([
            "n <= 2", "n = 1", "n = 2", "n < 3", "2 >= n", "n BETWEEN 2 AND 3", "n < 1", "n <= 3 AND n <> 2", "n > 1",
            "n <= 2 AND a < 4", "3 > n AND b IS NOT NULL",
        ])
        let function = pick(["row_number()", "row_number()", "rank()", "dense_rank()"])
        let columns = pick(["a, b, c", "a, b, c, n", "n, a", "b, c"])
        return "SELECT \(columns) FROM (SELECT a, b, c, \(function) OVER (\(order)) AS n FROM \(x) x) r WHERE \(bound)"
    }

    mutating func query() -> String {
        let (x, y) = (relation(2), relation(1))
        switch random.below(15) {
        case 14: return commaJoin()
        case 12: return ranked(x)
        case 13:
            return "SELECT a, b FROM (SELECT a, b, c FROM \(x) x UNION ALL SELECT b, a, c FROM \(y) y) z\(filter("z."))"
        case 0: return "SELECT a, b + 1, c FROM \(x) x\(filter(""))"
        case 1:
            let on = "x.a = y.a" + (random.oneIn(2) ? "" : " AND x.b < y.b")
            return "SELECT x.a, x.b, y.b, y.c FROM \(x) x \(pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])) \(y) y "
                + "ON \(on)\(filter("x."))"
        case 2: return "SELECT x.b, y.b FROM \(x) x \(pick(["JOIN", "LEFT JOIN"])) \(y) y ON x.a < y.b"
        case 3:
            return "SELECT a, count(*), count(b), sum(b), min(b), max(c), count(DISTINCT b) FROM \(x) x\(filter("")) "
                + "GROUP BY a" + (random.oneIn(2) ? "" : " HAVING count(*) > 1")
        case 4: return "SELECT count(*), sum(a), max(b), min(c), count(DISTINCT c) FROM \(x) x\(filter(""))"
        case 5:
            return "SELECT a, b FROM \(x) x \(pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])) SELECT b, a FROM \(y) y"
        case 6:
            let more = random.oneIn(2) ? "" : " AND y.b \(pick(["<", "=", "<>"])) x.b"
            return
                "SELECT a, b, c FROM \(x) x WHERE \(pick(["", "NOT "]))EXISTS (SELECT 1 FROM \(y) y WHERE y.a = x.a\(more))"
        case 7:
            let inner = random.oneIn(2) ? "" : " WHERE y.c = x.c"
            return "SELECT a, c FROM \(x) x WHERE a \(pick(["", "NOT "]))IN (SELECT b FROM \(y) y\(inner))"
        case 8:
            return "SELECT a, b, (SELECT sum(b) FROM \(y) y WHERE y.a = x.a), "
                + "(SELECT count(*) FROM u WHERE u.b < x.b), (SELECT max(c) FROM t) FROM \(x) x"
        case 9:
            return "SELECT a, b, rank() OVER (PARTITION BY a ORDER BY b NULLS LAST), "
                + "sum(b) OVER (PARTITION BY a ORDER BY b NULLS LAST), count(*) OVER (PARTITION BY c), "
                + "dense_rank() OVER (ORDER BY b DESC NULLS FIRST, a NULLS LAST) FROM \(x) x\(filter(""))"
        case 10:
            return
                "SELECT a, b, c FROM \(x) x ORDER BY a NULLS LAST, b NULLS LAST, c NULLS LAST LIMIT \(1 + random.below(4))"
                + (random.oneIn(2) ? "" : " OFFSET \(random.below(3))")
        default:
            return
                "SELECT a, b FROM \(x) x WHERE b > (SELECT min(b) FROM \(y) y) OR a IN (SELECT a FROM u WHERE \(condition("")))"
        }
    }
}
