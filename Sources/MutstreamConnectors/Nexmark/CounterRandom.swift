/// Random numbers by place: the number at (event, draw) of a seed is computed by itself, so columns that nobody reads
/// cost nothing and change nothing.
///
/// The mixing is that of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct CounterRandom: Sendable {
    /// Numbers that an event has at its disposal.
    static let drawsPerEvent: UInt64 = 8
    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let start: UInt64

    init(seed: Int64) { start = CounterRandom.mix(UInt64(bitPattern: seed) &+ CounterRandom.golden) }

    @inline(__always)
    func bits(_ event: Int64, _ draw: UInt64) -> UInt64 {
        let index = UInt64(bitPattern: event) &* CounterRandom.drawsPerEvent &+ draw
        return CounterRandom.mix(start &+ index &* CounterRandom.golden)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed &>> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed &>> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed &>> 31
    }

    /// A number below `bound` from 32 random bits; the error is less than bound / 2^32.
    @inline(__always)
    static func below(_ bound: UInt64, _ bits: UInt64) -> UInt64 { ((bits & 0xFFFF_FFFF) &* bound) &>> 32 }
}
