import Foundation
import MutstreamColumnar

/// Random numbers that a seed repeats (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// The seed of random tests: `MUTSTREAM_SEED`, else a new one. It is printed.
let formatSeed: UInt64 = {
    let seed = ProcessInfo.processInfo.environment["MUTSTREAM_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...999_999)
    print("MUTSTREAM_SEED=\(seed)")
    return seed
}()

/// What a decoder gave, as values.
struct DecodedValues: Equatable {
    var rows: [[Value]] = []
    var slots: [Int] = []
    var rejected: [RejectedRow] = []
    var slotCount = 0

    /// Adds a chunk: its numbers go on from those before.
    mutating func add(_ chunk: DecodedRows) {
        for row in 0..<chunk.count {
            rows.append(chunk.columns.map { $0.value(at: row) })
            slots.append(slotCount + Int(chunk.slots?[row] ?? Int32(row)))
        }
        for var refused in chunk.rejected {
            refused.slot += slotCount
            refused.error.row += slotCount
            rejected.append(refused)
        }
        slotCount += chunk.slotCount
    }
}

/// Presents `text` in pieces that end at `cuts`, as a connector would: what was not consumed comes again.
func decode(_ decoder: some RowDecoder, _ text: [UInt8], cuts: [Int] = [], maxRows: Int = .max >> 1) -> DecodedValues {
    var result = DecodedValues()
    var start = 0
    for end in cuts + [text.count] {
        let isFinal = end == text.count
        var rounds = 0
        while true {
            let buffer = text[start..<end].withUnsafeBytes { SharedBytes(copying: $0) }
            let consumed = decoder.decode(buffer, 0..<(end - start), isFinal: isFinal, maxRows: maxRows)
            start += consumed
            let count = decoder.rowCount
            result.add(decoder.take())
            rounds += 1
            if count < maxRows || start == end || rounds > text.count { break }
        }
    }
    return result
}

func decode(_ decoder: some RowDecoder, _ text: String, cuts: [Int] = []) -> DecodedValues {
    decode(decoder, Array(text.utf8), cuts: cuts)
}

extension DecoderSchema {
    /// One field of each type.
    static let everyType = DecoderSchema([
        Field("b", .boolean), Field("i", .int), Field("l", .bigint), Field("d", .double),
        Field("n", .decimal(precision: 12, scale: 2)), Field("t", .text), Field("day", .date), Field("at", .timestamp),
        Field("span", .interval),
    ])

    /// The columns as a writer wants them.
    var outputFields: [MutstreamColumnar.Field] {
        projection.map { MutstreamColumnar.Field(fields[$0].name, fields[$0].type) }
    }
}
