import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Decompression against the `gzip` program, and against bytes that are not gzip at all.
@Suite struct GzipTests {
    /// Texts that use each kind of block and match: empty, short, repetitive, random, and rows.
    private static func samples(_ random: inout TestRandom) -> [[UInt8]] {
        var rows: [UInt8] = []
        for row in 0..<20_000 {
            let user = UInt64.random(in: 0..<5_000, using: &random)
            rows += Array("{\"id\":\(row),\"user\":\(user),\"page\":\"/item/\(user &* 7 % 101)\"}\n".utf8)
        }
        return [
            [], [65], Array("abc".utf8), [UInt8](repeating: 0, count: 1 << 20),
            (0..<400_000).map { UInt8(truncatingIfNeeded: $0 % 7) },
            (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) },
            (0..<300_000).map { _ in UInt8.random(in: 97...104, using: &random) }, rows,
        ]
    }

    @Test(arguments: ["-1", "-6", "-9"])
    func `what gzip compressed comes back`(_ level: String) {
        var random = TestRandom.seeded()
        for sample in GzipTests.samples(&random) {
            let result = drain(GzipInput(MemoryInput(gzip([level], sample)), name: "sample"))
            #expect(result.failure == nil)
            #expect(result.bytes == sample)
        }
    }

    @Test func `blocks that are only stored come back`() {
        var random = TestRandom.seeded()
        // Random bytes cannot be compressed, so gzip stores them.
        let sample = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let compressed = gzip(["-6"], sample)
        #expect(compressed.count > sample.count)
        #expect(drain(GzipInput(MemoryInput(compressed, step: 1_000), name: "sample")).bytes == sample)
        #expect(drain(GzipInput(MemoryInput(stored(sample)), name: "sample")).bytes == sample)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 17, 1_000])
    func `the size of reads changes nothing`(_ step: Int) {
        let sample = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7 & 31) + 64 }
        let compressed = gzip(["-6"], sample)
        let input = GzipInput(MemoryInput(compressed, step: step), name: "sample", inputBytes: 64)
        #expect(drain(input, blockBytes: step).bytes == sample)
    }

    @Test func `members follow each other and zeros may pad the last`() {
        let first = Array("first\n".utf8)
        let second = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 26) + 97 }
        let both = gzip(["-6"], first) + gzip(["-1"], []) + gzip(["-9"], second) + [0, 0, 0]
        let result = drain(GzipInput(MemoryInput(both), name: "sample"))
        #expect(result.failure == nil)
        #expect(result.bytes == first + second)
    }

    @Test func `all fields of a header are stepped over`() {
        let text = Array("with all fields\n".utf8)
        let plain = gzip(["-n"], text)
        var header: [UInt8] = [0x1F, 0x8B, 8, 0b1_1110, 1, 2, 3, 4, 0, 3]
        header += [3, 0, 9, 9, 9] + Array("name.txt".utf8) + [0] + Array("comment".utf8) + [0]
        let checksum = header.withUnsafeBytes { CRC32.update(0, $0) }
        let good = header + [UInt8(checksum & 0xFF), UInt8(checksum >> 8 & 0xFF)] + plain[10...]
        #expect(drain(GzipInput(MemoryInput(good), name: "sample")).bytes == text)
        let bad = header + [UInt8(checksum & 0xFF) ^ 1, UInt8(checksum >> 8 & 0xFF)] + plain[10...]
        #expect(drain(GzipInput(MemoryInput(bad), name: "sample")).failure?.message.contains("header") == true)
    }

    @Test func `the fault of each wrong stream is named`() {
        let good = gzip(["-n"], Array("some text, some text, some text\n".utf8))
        func fault(_ bytes: [UInt8]) -> String {
            drain(GzipInput(MemoryInput(bytes), name: "x.gz")).failure?.message ?? "none"
        }
        func changed(_ offset: Int) -> [UInt8] {
            var bytes = good
            bytes[offset < 0 ? bytes.count + offset : offset] ^= 0xFF
            return bytes
        }
        #expect(fault([]) == "x.gz: the gzip data ends too soon, after 0 bytes")
        #expect(fault(Array("plain".utf8)).hasSuffix("it does not begin as gzip does"))
        #expect(fault(changed(2)).hasSuffix("its method of compression is not DEFLATE"))
        #expect(fault(changed(3)).hasSuffix("its header has flags that no standard knows"))
        #expect(fault(changed(-8)).hasSuffix("its checksum does not agree with its content"))
        #expect(fault(changed(-1)).hasSuffix("its length does not agree with its content"))
        #expect(fault(good + [1]).hasSuffix("after its end follows something else"))
        #expect(fault(good + good.prefix(5)).contains("ends too soon"))
    }

    @Test func `whatever was whole before a cut is given out`() {
        let sample = (0..<5_000).flatMap { Array("row \($0 % 77) of 5,000\n".utf8) }
        let compressed = gzip(["-6"], sample)
        var longest = 0
        for cut in 0..<compressed.count {
            let result = drain(GzipInput(MemoryInput(Array(compressed[..<cut])), name: "cut"))
            #expect(result.failure?.message.contains("ends too soon") == true)
            #expect(result.bytes.count >= longest)
            #expect(sample.starts(with: result.bytes))
            longest = result.bytes.count
        }
        #expect(longest == sample.count)
    }

    @Test func `damaged streams end in an error or in the truth`() {
        var random = TestRandom.seeded()
        for sample in GzipTests.samples(&random).map({ Array($0.prefix(15_000)) }) {
            let compressed = gzip(["-6"], sample)
            for _ in 0..<150 {
                var bytes = compressed
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let step = Int.random(in: 1...2_000, using: &random)
                let result = drain(GzipInput(MemoryInput(bytes, step: step), name: "damaged"))
                #expect(result.failure != nil || result.bytes == sample)
            }
        }
    }

    @Test func `random blocks never trap`() {
        var random = TestRandom.seeded()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...400, using: &random)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + noise
            #expect(drain(GzipInput(MemoryInput(bytes), name: "noise")).failure != nil)
        }
    }

    @Test func `the checksum is that of the standard`() {
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC32.update(0, $0) } == 0xCBF4_3926)
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for cut in [0, 1, 7, 8, 9, 500, 1_000] {
            let first = bytes[..<cut].withUnsafeBytes { CRC32.update(0, $0) }
            let both = bytes[cut...].withUnsafeBytes { CRC32.update(first, $0) }
            #expect(both == bytes.withUnsafeBytes { CRC32.update(0, $0) })
        }
    }

    /// A gzip stream of stored blocks.
    private func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            result.append(rest.isEmpty ? 1 : 0)
            for number in [length, ~length] { result += [UInt8(number & 0xFF), UInt8(number >> 8)] }
            result += block
        } while !rest.isEmpty
        let checksum = bytes.withUnsafeBytes { CRC32.update(0, $0) }
        for number in [checksum, UInt32(bytes.count)] {
            for shift: UInt32 in [0, 8, 16, 24] { result.append(UInt8(number >> shift & 0xFF)) }
        }
        return result
    }

    @Test func `a whole stream in memory comes back up to a limit`() {
        var random = TestRandom.seeded()
        for sample in GzipTests.samples(&random) {
            let compressed = gzip(["-6"], sample)
            compressed.withUnsafeBytes { bytes in
                for limit in [sample.count, sample.count + 1, 4 << 20] {
                    guard case .bytes(let plain) = GzipBody.decompress(bytes, limit: limit) else {
                        Issue.record("\(sample.count) bytes do not come back at the limit \(limit)")
                        continue
                    }
                    #expect(Array(plain.bytes) == sample)
                }
                if sample.isEmpty { return }
                guard case .tooLarge = GzipBody.decompress(bytes, limit: sample.count - 1) else {
                    Issue.record("\(sample.count) bytes are within the limit \(sample.count - 1)")
                    return
                }
            }
            for cut in [0, 1, 5, compressed.count / 2, compressed.count - 1] {
                compressed.prefix(cut).withUnsafeBytes { bytes in
                    guard case .broken = GzipBody.decompress(bytes, limit: 4 << 20) else {
                        Issue.record("the first \(cut) of \(compressed.count) bytes are a whole")
                        return
                    }
                }
            }
        }
    }
}
