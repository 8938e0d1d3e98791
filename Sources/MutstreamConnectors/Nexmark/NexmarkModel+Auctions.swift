/// The auctions of the model.
extension NexmarkModel {
    private static let hotSellerRatio: UInt64 = 4
    private static let categories: UInt64 = 5
    private static let firstCategory: Int64 = 10
    private static let auctionBytes = 500

    private enum AuctionDraw {
        static let seller: UInt64 = 0
        static let category: UInt64 = 1
        static let initialBid: UInt64 = 2
        static let reserve: UInt64 = 3
        static let length: UInt64 = 4
        static let name: UInt64 = 5
        static let description: UInt64 = 6
        static let extra: UInt64 = 7
    }

    func auctionIdentifier(_ event: Int64) -> Int64 {
        let (round, place) = event.quotientAndRemainder(dividingBy: EventKind.eventsPerRound)
        return round &* EventKind.auction.perRound &+ place &- EventKind.auction.firstPlace
            &+ NexmarkModel.firstIdentifier
    }

    /// Three of four auctions are by the hot seller of the moment, the others by one of the people active or soon to come.
    func seller(_ event: Int64) -> Int64 {
        let bits = random.bits(event, AuctionDraw.seller)
        if CounterRandom.below(NexmarkModel.hotSellerRatio, bits) > 0 {
            let last = event / EventKind.eventsPerRound
            return last / NexmarkModel.hotStride &* NexmarkModel.hotStride &+ NexmarkModel.firstIdentifier
        }
        return activePerson(event, bits &>> 32)
    }

    func category(_ event: Int64) -> Int64 {
        let choice = CounterRandom.below(NexmarkModel.categories, random.bits(event, AuctionDraw.category))
        return NexmarkModel.firstCategory &+ Int64(bitPattern: choice)
    }

    func initialBid(_ event: Int64, _ powers: PowersOfMillion) -> Int64 {
        powers.price(random.bits(event, AuctionDraw.initialBid))
    }

    /// Above the initial bid by another price.
    func reserve(_ event: Int64, _ powers: PowersOfMillion) -> Int64 {
        initialBid(event, powers) &+ powers.price(random.bits(event, AuctionDraw.reserve))
    }

    /// A whole number of milliseconds after the start; on average as long as it takes until as many auctions have come as
    /// are in flight.
    func expires(_ event: Int64) -> Int64 {
        let start = time(event)
        let events = NexmarkModel.auctionsInFlight &* EventKind.eventsPerRound / EventKind.auction.perRound
        let horizon = (time(event &+ events) &- start) / 1_000
        let bound = UInt64(bitPattern: max(horizon &* 2, 1))
        let length = CounterRandom.below(bound, random.bits(event, AuctionDraw.length))
        return start &+ (1 &+ Int64(bitPattern: length)) &* 1_000
    }

    func itemName(_ event: Int64) -> PaddingRange { .word(shorterThan: 20, random.bits(event, AuctionDraw.name)) }

    func itemDescription(_ event: Int64) -> PaddingRange {
        .word(shorterThan: 100, random.bits(event, AuctionDraw.description))
    }

    /// Fills an auction up to about 500 bytes.
    func auctionExtra(_ event: Int64) -> PaddingRange {
        let taken = 48 &+ itemName(event).length &+ itemDescription(event).length
        return .filling(NexmarkModel.auctionBytes &- taken, random.bits(event, AuctionDraw.extra))
    }
}

/// A piece of the random letters of ``ChannelTexts/padding``.
struct PaddingRange: Equatable {
    let place: Int
    let length: Int

    init(place: Int, length: Int) {
        self.place = place
        self.length = length
    }

    /// From 3 letters up to one less than `bound`.
    static func word(shorterThan bound: Int, _ bits: UInt64) -> PaddingRange {
        let length = 3 &+ Int(truncatingIfNeeded: CounterRandom.below(UInt64(bound &- 3), bits))
        return PaddingRange(length: length, bits &>> 32)
    }

    /// On average so many bytes, a fifth more or less.
    static func filling(_ bytes: Int, _ bits: UInt64) -> PaddingRange {
        let spread = max((bytes &+ 2) / 5, 1)
        let length = bytes &- spread &+ Int(truncatingIfNeeded: CounterRandom.below(UInt64(2 &* spread), bits))
        return PaddingRange(length: max(length, 0), bits &>> 32)
    }

    private init(length: Int, _ bits: UInt64) {
        self.length = length
        let places = UInt64(ChannelTexts.paddingBytes &- length)
        place = Int(truncatingIfNeeded: CounterRandom.below(places, bits))
    }
}
