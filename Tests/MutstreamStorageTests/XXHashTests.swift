import MutstreamStorage
import Testing

/// Against values of the reference implementation (xxHash 0.8, `XXH64`).
@Suite struct XXHashTests {
    @Test(
        arguments: [
            (0, 0, 0xef46_db37_51d8_e999), (1, 0, 0x1f25_c8d0_bc1f_4bb6), (3, 7, 0xdba1_037a_63e4_22f4),
            (31, 0, 0xa2aa_5f33_cc4a_6119), (32, 1, 0x7421_b79a_02b4_2132), (100, 0, 0xa61f_8d4c_170f_e531),
            (1000, 1 << 63, 0x554f_1573_70a3_c853),
        ] as [(Int, UInt64, UInt64)])
    func `the hash is that of the reference`(_ count: Int, _ seed: UInt64, _ expected: UInt64) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
        #expect(bytes.withUnsafeBytes { XXHash.hash($0, seed: seed) } == expected)
    }
}
