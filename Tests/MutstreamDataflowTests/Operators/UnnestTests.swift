import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

@Suite struct UnnestTests {
    private let types: [DataType] = [.int, .array(.int), .array(.text)]

    private func input() throws -> Batch {
        let rows: [(Int64, String?, String?)] = [
            (1, "{10,NULL,30}", "{a}"), (2, "{}", nil), (3, nil, "{x,y}"), (4, "{}", "{}"), (5, "{50}", "{b}"),
        ]
        let builders = types.map { ColumnBuilder($0) }
        for row in rows {
            builders[0].append(int64: row.0)
            builders[1].append(try row.1.map { try TextCodec.parse($0, types[1]) } ?? .null)
            builders[2].append(try row.2.map { try TextCodec.parse($0, types[2]) } ?? .null)
        }
        return Batch(
            columns: builders.map { $0.finish() }, count: rows.count, weights: [1, 1, -2, 1, 3],
            ordinals: Ordinals([7, 7, 8, 9, 9]))
    }

    private func run(_ unnest: Unnest, _ outputTypes: [DataType]) throws -> [String] {
        var outputs = [Delta(.empty(outputTypes))]
        unnest.step([Delta(try input())], StepContext(step: 0, clock: 0), &outputs)
        let batch = outputs[0].batch
        return (0..<batch.count).map { row in
            let values = zip(batch.columns, outputTypes).map { TextCodec.text($0.value(at: row), $1) }
            return "\(batch.weight(row))@\(batch.ordinals[row]) " + values.joined(separator: " ")
        }
    }

    @Test("each element is a row, shorter arrays are padded")
    func inner() throws {
        let unnest = Unnest(types: types, arrays: [1, 2], withOrdinality: true)
        #expect(
            try run(unnest, types + [.int, .text, .bigint]) == [
                "1@7 1 {10,NULL,30} {a} 10 a 1", "1@7 1 {10,NULL,30} {a} NULL NULL 2",
                "1@7 1 {10,NULL,30} {a} 30 NULL 3", "-2@8 3 NULL {x,y} NULL x 1", "-2@8 3 NULL {x,y} NULL y 2",
                "3@9 5 {50} {b} 50 b 1",
            ])
    }

    @Test("an outer one keeps rows without elements")
    func outer() throws {
        let unnest = Unnest(types: types, arrays: [1], withOrdinality: true, isOuter: true)
        #expect(
            try run(unnest, types + [.int, .bigint]) == [
                "1@7 1 {10,NULL,30} {a} 10 1", "1@7 1 {10,NULL,30} {a} NULL 2", "1@7 1 {10,NULL,30} {a} 30 3",
                "1@7 2 {} NULL NULL NULL", "-2@8 3 NULL {x,y} NULL NULL", "1@9 4 {} {} NULL NULL", "3@9 5 {50} {b} 50 1",
            ])
    }
}
