import Foundation
import Testing

@testable import MutstreamSQL

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct FuzzTests {
    private static let seed =
        ProcessInfo.processInfo.environment["MUTSTREAM_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1 << 32)

    /// Parses bytes of which nothing is known. The error, if there is one, must lie in them and print.
    private func check(_ bytes: [UInt8]) -> Bool {
        do throws(SQLError) {
            let statements = try Parser.parse(utf8: bytes)
            _ = dump(statements)
            for statement in statements { _ = sql(statement) }
        } catch {
            let inside = error.range.start >= 0 && error.range.end <= bytes.count
            let text = DiagnosticPrinter(SourceText(name: "f", bytes: bytes)).text(error)
            return inside && !error.message.isEmpty && text.split(separator: "\n").count == 5
        }
        return true
    }

    @Test func `no text makes the parser trap, and every error lies in the text`() throws {
        print("MUTSTREAM_SEED=\(FuzzTests.seed)")
        var random = Seeded(state: FuzzTests.seed)
        let texts = try [
            "design", "tables", "queries", "expressions", "dialects", "statements", "errors", "accept", "refuse",
        ].map { try Golden.read($0 + ".sql") }
        let statements = texts.flatMap { $0.split(separator: ";").map { Array($0.utf8) } }
        let pieces = texts.flatMap { $0.split(separator: " ").map { Array($0.utf8) } }
        for index in 0..<20_000 {
            var bytes: [UInt8] = []
            switch index % 4 {
            case 0:
                for _ in 0..<Int.random(in: 0..<40, using: &random) {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
            case 1:
                bytes = Array("CREATE VIEW v AS SELECT ".utf8)
                for _ in 0..<Int.random(in: 0..<20, using: &random) {
                    bytes += (pieces.randomElement(using: &random) ?? []) + [0x20]
                }
            case 2:
                bytes = Array((statements.randomElement(using: &random) ?? []).prefix(300))
                for _ in 0..<Int.random(in: 1..<4, using: &random) { mutate(&bytes, &random) }
            default:
                for _ in 0..<Int.random(in: 0..<60, using: &random) {
                    bytes.append(UInt8.random(in: 32..<127, using: &random))
                }
            }
            guard check(bytes) else {
                Issue.record("case \(index) of seed \(FuzzTests.seed): \(String(decoding: bytes, as: UTF8.self))")
                return
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Seeded) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(Array("()',;.*\"$-/ ".utf8).randomElement(using: &random) ?? 0x20, at: place)
        case 2: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
        default: bytes.removeSubrange(place..<min(bytes.count, place + 8))
        }
    }
}
