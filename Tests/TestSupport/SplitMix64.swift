#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A small seeded generator: the same seed gives the same numbers everywhere.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below `limit`, which is above 0.
    package mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True once in `n` times.
    package mutating func oneIn(_ n: Int) -> Bool { below(n) == 0 }

    /// A text of `length` lower-case letters.
    package mutating func letters(_ length: Int) -> String {
        String(decoding: (0..<length).map { _ in UInt8(97 + below(26)) }, as: UTF8.self)
    }
}

/// The seed of this run's random tests: that of `MUTSTREAM_SEED`, else a fixed one; printed once a test.
package func testSeed(_ test: String = #function) -> UInt64 {
    let seed = getenv("MUTSTREAM_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_260_114
    print("MUTSTREAM_SEED=\(seed) in \(test)")
    return seed
}
