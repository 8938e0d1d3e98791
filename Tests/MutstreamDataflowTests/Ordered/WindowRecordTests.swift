import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

/// The columns of `recordedTable`.
private let columns: [Field] = [
    Field("id", .text), Field("u", .bigint), Field("i", .bigint), Field("d", .double), Field("ts", .timestamp),
    Field("n", .decimal(precision: 20, scale: 2)), Field("sp", .interval), Field("dt", .date), Field("v", .bigint),
    Field("f", .double), Field("t", .text), Field("b", .boolean),
]

private struct Unreadable: Error {
    var text: String
}

private func column(_ name: some StringProtocol) throws -> Int {
    guard let index = columns.firstIndex(where: { $0.name == name }) else { throw Unreadable(text: String(name)) }
    return index
}

private func recordedRows() throws -> [[Value]] {
    try recordedTable.split(separator: "\n").map { line in
        let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        return try zip(fields, columns).map { try $0 == "NULL" ? .null : TextCodec.parse(String($0), $1.type) }
    }
}

private func words(_ text: some StringProtocol) -> [String] { String(text).split(separator: " ").map(String.init) }

private func order(_ text: some StringProtocol) throws -> [SortItem] {
    try String(text).split(separator: ",").map { item in
        let words = words(item)
        let descending = words.contains("desc")
        return SortItem(
            column: try column(words[0]), descending: descending,
            nullsFirst: words.contains("first") || descending && !words.contains("last"))
    }
}

private func bound(_ text: some StringProtocol, _ unit: WindowFrameSpec.Unit, _ order: [SortItem]) throws
    -> WindowFrameSpec.Bound
{
    var words = words(text)
    switch words.joined(separator: " ") {
    case "current row": return .currentRow
    case "unbounded preceding": return .unboundedPreceding
    case "unbounded following": return .unboundedFollowing
    default: break
    }
    let isPreceding = words.removeLast() == "preceding"
    let offset = words.joined(separator: " ").split(separator: "'").joined()
    var type = DataType.bigint
    if unit == .range, let item = order.first {
        type = columns[item.column].type
        if type == .timestamp || type == .date { type = .interval }
    }
    let value = try TextCodec.parse(offset, type)
    return isPreceding ? .preceding(value) : .following(value)
}

private func exclusion(_ text: some StringProtocol) -> WindowFrameSpec.Exclusion {
    switch text {
    case "current row": .currentRow
    case "group": .group
    case "ties": .ties
    default: .noOthers
    }
}

/// The results of one call by row id, after the rows came one by one, or all at once.
private func run(_ order: [SortItem], _ call: WindowCall, steps: Int) throws -> [String: Value] {
    let types = columns.map(\.type)
    let subject = Runner(
        WindowFunctions(inputTypes: types, partition: [], order: order, calls: [call]), inputs: [types],
        outputs: [types + [call.resultType], types + [.text]])
    let events = try recordedRows().enumerated().map { TestEvent(0, TestRow($1, ordinal: Int64($0))) }
    if steps == 1 {
        subject.step(events)
    } else {
        let last = Int64(events.count)
        for event in events.reversed() {
            var event = event
            let ordinal = last - event.ordinal
            event.row?.ordinal = ordinal
            subject.step([event])
        }
    }
    var results: [String: Value] = [:]
    // The last row with weight +1 of each id is the one that stays.
    for row in subject.out where row.weight > 0 {
        if case .text(let id) = row.values[0] { results[id] = row.values.last }
    }
    return results
}

private let ids = (0..<14).map { String(UnicodeScalar(UInt8(97 + $0))) }

@Test(arguments: [1, 14])
func framesAreThoseOfPostgreSQL(steps: Int) throws {
    let lines = recordedFrames.split(separator: "\n").map(String.init)
    for start in stride(from: 0, to: lines.count, by: 3) {
        let fields = lines[start].split(separator: "|")
        let unit: WindowFrameSpec.Unit = fields[0] == "rows" ? .rows : fields[0] == "range" ? .range : .groups
        let order = try order(fields[1])
        let frame = WindowFrameSpec(
            unit: unit, start: try bound(fields[2], unit, order), end: try bound(fields[3], unit, order),
            exclusion: exclusion(fields[4]))
        let call = WindowCall(.stringAgg, columns: [0], constants: [""], frame: frame, resultType: .text)
        let results = try run(order, call, steps: steps)
        let expected = words(lines[start + 1]) + words(lines[start + 2])
        for (id, letters) in zip(ids, expected) {
            var found = ""
            if case .text(let text)? = results[id] { found = String(text.sorted()) }
            #expect(found == (letters == "-" ? "" : letters), "row \(id) of \(lines[start])")
        }
    }
}

private func frame(_ text: some StringProtocol) throws -> WindowFrameSpec {
    switch text {
    case "": return .standard
    case "rows between 2 preceding and 1 following":
        return WindowFrameSpec(unit: .rows, start: .preceding(2), end: .following(1))
    case "groups between 1 preceding and current row exclude current row":
        return WindowFrameSpec(unit: .groups, start: .preceding(1), end: .currentRow, exclusion: .currentRow)
    default: throw Unreadable(text: String(text))
    }
}

@Test(arguments: [1, 14])
func resultsAreThoseOfPostgreSQL(steps: Int) throws {
    var lines = recordedResults.split(separator: "\n").map(String.init)[...]
    while let head = lines.popFirst() {
        var expected: [String] = []
        while expected.count < ids.count, let line = lines.popFirst() { expected += words(line) }
        let fields = head.split(separator: "|", omittingEmptySubsequences: false)
        let order = try order(fields[3])
        var (arguments, constants, types): ([Int], [Value], [DataType]) = ([], [], [])
        for argument in fields[1].split(separator: ",").map({ words($0).joined() }) where argument != "*" {
            if let index = columns.firstIndex(where: { $0.name == argument }) {
                arguments.append(index)
                types.append(columns[index].type)
            } else if argument.hasPrefix("'") {
                constants.append(.text(String(argument.dropFirst().dropLast())))
                types.append(.text)
            } else {
                constants.append(try TextCodec.parse(argument, .bigint))
                types.append(.bigint)
            }
        }
        let resolved = try WindowFunction.resolve(name: String(fields[0]), arguments: types)
        let call = WindowCall(
            resolved.function, columns: arguments, constants: constants, filter: fields[2].isEmpty ? nil : 11,
            frame: try frame(fields[4]), resultType: resolved.result)
        let results = try run(order, call, steps: steps)
        for (id, text) in zip(ids, expected) {
            let value =
                try text == "_" ? .null : TextCodec.parse(text.split(separator: "~").joined(separator: " "), call.resultType)
            #expect(
                isClose(results[id] ?? .null, value, call.function),
                "row \(id) of \(head): \(String(describing: results[id])), not \(value)")
        }
    }
}

/// Equal; the last bits of DOUBLE and the last digit of a standard deviation may differ: PostgreSQL rounds on the way.
private func isClose(_ lhs: Value, _ rhs: Value, _ function: WindowFunction) -> Bool {
    if case .decimal(let a) = lhs, case .decimal(let b) = rhs, function == .stddevSamp || function == .stddevPop {
        return abs(a - b) <= 1
    }
    if case .double(let a) = lhs, case .double(let b) = rhs {
        return a == b || a.isNaN && b.isNaN || abs(a - b) <= 8 * max(abs(a), abs(b)).ulp
    }
    return lhs == rhs
}
