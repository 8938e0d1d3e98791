/// The NEXMark model (Tucker et al., "NEXMark — a benchmark for queries over data streams", 2002) with the proportions
/// and constants that the generators of Apache Beam and Apache Flink made usual. Here are the bids.
///
/// Of 50 events the first is a person, the next 3 are auctions, the last 46 are bids (``EventKind``). Everything about an
/// event follows from its number and the seed, so that sources of different kinds agree with each other.
struct NexmarkModel: Sendable {
    static let firstIdentifier: Int64 = 1_000
    /// One auction in so many is hot, and one person.
    static let hotStride: Int64 = 100
    private static let hotAuctionRatio: UInt64 = 2
    private static let hotBidderRatio: UInt64 = 4
    private static let hotChannelRatio: UInt64 = 2
    static let auctionsInFlight: Int64 = 100
    private static let activePeople: Int64 = 1_000
    /// Identifiers that may come before the auction or person does.
    private static let lead: Int64 = 10
    /// 2015-07-15 00:00:00, the first event time.
    static let baseTime: Int64 = 1_436_918_400_000_000

    private enum Draw {
        static let auction: UInt64 = 0
        static let bidder: UInt64 = 1
        static let price: UInt64 = 2
        static let channel: UInt64 = 3
        static let extra: UInt64 = 4
    }

    let random: CounterRandom
    /// Events a second of event time.
    let eventRate: Int64

    init(seed: Int64, eventRate: Int64) {
        random = CounterRandom(seed: seed)
        self.eventRate = eventRate
    }

    /// Microseconds since 1970.
    @inline(__always)
    func time(_ event: Int64) -> Int64 {
        let (seconds, rest) = event.quotientAndRemainder(dividingBy: eventRate)
        return NexmarkModel.baseTime &+ seconds &* 1_000_000 &+ rest &* 1_000_000 / eventRate
    }

    /// Half of the bids are for the hot auction of the moment, the others for one of those in flight or soon to come.
    @inline(__always)
    func auction(_ event: Int64) -> Int64 {
        let bits = random.bits(event, Draw.auction)
        // All 3 auctions of a round come before its bids.
        let last = event / EventKind.eventsPerRound &* EventKind.auction.perRound &+ (EventKind.auction.perRound &- 1)
        if CounterRandom.below(NexmarkModel.hotAuctionRatio, bits) > 0 {
            return last / NexmarkModel.hotStride &* NexmarkModel.hotStride &+ NexmarkModel.firstIdentifier
        }
        let oldest = max(last &- NexmarkModel.auctionsInFlight, 0)
        let choice = CounterRandom.below(UInt64(bitPattern: last &- oldest &+ 1 &+ NexmarkModel.lead), bits &>> 32)
        return oldest &+ Int64(bitPattern: choice) &+ NexmarkModel.firstIdentifier
    }

    /// Three of four bids are by the hot bidder of the moment, the others by one of the people active or soon to come.
    @inline(__always)
    func bidder(_ event: Int64) -> Int64 {
        let bits = random.bits(event, Draw.bidder)
        if CounterRandom.below(NexmarkModel.hotBidderRatio, bits) > 0 {
            let last = event / EventKind.eventsPerRound
            return last / NexmarkModel.hotStride &* NexmarkModel.hotStride &+ 1 &+ NexmarkModel.firstIdentifier
        }
        return activePerson(event, bits &>> 32)
    }

    /// One of the people active at an event, or of the few who come next.
    @inline(__always)
    func activePerson(_ event: Int64, _ bits: UInt64) -> Int64 {
        let people = event / EventKind.eventsPerRound &+ 1
        let active = min(people, NexmarkModel.activePeople)
        let choice = CounterRandom.below(UInt64(bitPattern: active &+ NexmarkModel.lead), bits)
        return people &- active &+ Int64(bitPattern: choice) &+ NexmarkModel.firstIdentifier
    }

    /// 100 to 100,000,000, every power of ten as often as the next.
    @inline(__always)
    func price(_ event: Int64, _ powers: PowersOfMillion) -> Int64 { powers.price(random.bits(event, Draw.price)) }

    /// Which of the channels: half of the bids come through the four hot ones, numbered first.
    @inline(__always)
    func channel(_ event: Int64) -> Int {
        let bits = random.bits(event, Draw.channel)
        if CounterRandom.below(NexmarkModel.hotChannelRatio, bits) > 0 {
            return Int(truncatingIfNeeded: bits &>> 32 & 3)
        }
        let choice = CounterRandom.below(UInt64(ChannelTexts.otherChannels), bits &>> 32)
        return ChannelTexts.hotNames.count &+ Int(truncatingIfNeeded: choice)
    }

    /// The padding of 54 to 81 bytes, so that a bid has about 100.
    @inline(__always)
    func extra(_ event: Int64) -> PaddingRange {
        let bits = random.bits(event, Draw.extra)
        return PaddingRange(
            place: Int(truncatingIfNeeded: CounterRandom.below(UInt64(ChannelTexts.paddingBytes &- 82), bits &>> 32)),
            length: 54 &+ Int(truncatingIfNeeded: CounterRandom.below(28, bits)))
    }
}

/// `round(100 * 10^(6u))` for u in 0..<1, by sums, products and square roots alone: equal to the bit on every machine.
///
/// The first 12 bits of u choose from a table, the others are a Taylor series of four terms: the error is below 1e-13.
struct PowersOfMillion: Sendable {
    private static let tableBits = 12
    /// 6 ln 10.
    private static let exponent = 13.815510557964274
    private let table: [Double]

    init() {
        // roots[k] is a million to the power 1 / 2^(k + 1).
        var roots: [Double] = []
        var root = 1_000_000.0
        for _ in 0..<PowersOfMillion.tableBits {
            root = root.squareRoot()
            roots.append(root)
        }
        table = (0..<1 << PowersOfMillion.tableBits).map { index in
            var power = 100.0
            for bit in 0..<PowersOfMillion.tableBits where index >> (PowersOfMillion.tableBits - 1 - bit) & 1 == 1 {
                power *= roots[bit]
            }
            return power
        }
    }

    @inline(__always)
    func price(_ bits: UInt64) -> Int64 {
        let fraction = Double(bits &>> 12 & 0xFF_FFFF_FFFF) * 0x1p-52 * PowersOfMillion.exponent
        let power = table[Int(truncatingIfNeeded: bits &>> 52)]
        let series = 1 + fraction * (1 + fraction * (0.5 + fraction * (1.0 / 6.0 + fraction * (1.0 / 24.0))))
        return Int64(power * series + 0.5)
    }
}
