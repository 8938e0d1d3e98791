import MutstreamColumnar

/// The three kinds of events, which columns each has, and its places among the events.
enum EventKind: String, CaseIterable {
    case bid, auction, person

    static let eventsPerRound: Int64 = 50

    /// Events of the kind in a round.
    var perRound: Int64 {
        switch self {
        case .person: 1
        case .auction: 3
        case .bid: 46
        }
    }

    /// Events of other kinds before those of this kind in a round.
    var firstPlace: Int64 {
        switch self {
        case .person: 0
        case .auction: 1
        case .bid: 4
        }
    }

    /// The number of the event that row number `row` of the kind is.
    @inline(__always)
    func event(ofRow row: Int64) -> Int64 {
        let (round, place) = row.quotientAndRemainder(dividingBy: perRound)
        return round &* EventKind.eventsPerRound &+ firstPlace &+ place
    }

    /// How many of the first events are of the kind.
    func rows(inEvents events: Int64) -> Int64 {
        let (rounds, rest) = events.quotientAndRemainder(dividingBy: EventKind.eventsPerRound)
        return rounds * perRound + min(max(rest - firstPlace, 0), perRound)
    }

    /// Names and types of the columns, in the usual order.
    var fields: [Field] {
        switch self {
        case .bid: BidColumn.allCases.map { Field($0.rawValue, $0.type) }
        case .auction: AuctionColumn.allCases.map { Field($0.rawValue, $0.type) }
        case .person: PersonColumn.allCases.map { Field($0.rawValue, $0.type) }
        }
    }

    /// In messages.
    var plural: String { rawValue + "s" }
}

enum BidColumn: String, CaseIterable {
    case auction, bidder, price, channel, url
    case dateTime = "date_time"
    case extra

    var type: DataType {
        switch self {
        case .auction, .bidder, .price: .bigint
        case .channel, .url, .extra: .text
        case .dateTime: .timestamp
        }
    }
}

enum AuctionColumn: String, CaseIterable {
    case id
    case itemName = "item_name"
    case description
    case initialBid = "initial_bid"
    case reserve
    case dateTime = "date_time"
    case expires, seller, category, extra

    var type: DataType {
        switch self {
        case .id, .initialBid, .reserve, .seller, .category: .bigint
        case .itemName, .description, .extra: .text
        case .dateTime, .expires: .timestamp
        }
    }
}

enum PersonColumn: String, CaseIterable {
    case id, name
    case emailAddress = "email_address"
    case creditCard = "credit_card"
    case city, state
    case dateTime = "date_time"
    case extra

    var type: DataType {
        switch self {
        case .id: .bigint
        case .name, .emailAddress, .creditCard, .city, .state, .extra: .text
        case .dateTime: .timestamp
        }
    }
}
