import MutstreamColumnar
import MutstreamEngine

/// Makes the rows of one kind of events.
protocol EventGenerator {
    /// Row number `first` of the kind and those after it.
    func rows(_ first: Int64, count: Int) -> DecodedRows
}

extension EventKind {
    /// One value a row, made of the events that the rows are.
    @inline(__always)
    func values<T: BitwiseCopyable>(_ first: Int64, _ count: Int, _ value: (Int64) -> T) -> [T] {
        let perRound = perRound
        return [T](unsafeUninitializedCapacity: count) { target, filled in
            var event = event(ofRow: first)
            var place = first % perRound
            for row in 0..<count {
                target.initializeElement(at: row, to: value(event))
                event &+= 1
                place &+= 1
                if place == perRound {
                    place = 0
                    event &+= EventKind.eventsPerRound &- perRound
                }
            }
            filled = count
        }
    }

    /// One text a row, cut out of the padding.
    func cut(
        _ first: Int64, _ count: Int, from padding: SharedBytes, _ range: (Int64) -> PaddingRange
    ) -> Column {
        let bytes = padding.bytes
        let views = values(first, count) { event in
            let range = range(event)
            return TextView(
                UnsafeRawBufferPointer(rebasing: bytes[range.place..<range.place &+ range.length]), buffer: 0,
                offset: UInt32(truncatingIfNeeded: range.place))
        }
        return .text(TextValues(views: views, buffers: [padding]))
    }
}

/// Fills columns with bids, one column after the other.
struct BidGenerator: EventGenerator {
    private let model: NexmarkModel
    private let columns: [BidColumn]
    private let powers = PowersOfMillion()
    private let texts: ChannelTexts

    init(_ model: NexmarkModel, columns: [BidColumn]) {
        self.model = model
        self.columns = columns
        texts = ChannelTexts(model.random)
    }

    /// Bids number `first` and those after it.
    func rows(_ first: Int64, count: Int) -> DecodedRows {
        DecodedRows(
            columns: columns.map { column($0, first, count) }, count: count, rejected: [], slots: nil, slotCount: count)
    }

    private func column(_ column: BidColumn, _ first: Int64, _ count: Int) -> Column {
        let model = model
        switch column {
        case .auction: return .int64(EventKind.bid.values(first, count) { model.auction($0) })
        case .bidder: return .int64(EventKind.bid.values(first, count) { model.bidder($0) })
        case .price:
            let powers = powers
            return .int64(EventKind.bid.values(first, count) { model.price($0, powers) })
        case .dateTime: return .int64(EventKind.bid.values(first, count) { model.time($0) })
        case .channel:
            let names = texts.names
            return .text(
                TextValues(
                    views: EventKind.bid.values(first, count) { names[model.channel($0)] }, buffers: [texts.pages]))
        case .url:
            let urls = texts.urls
            return .text(
                TextValues(views: EventKind.bid.values(first, count) { urls[model.channel($0)] }, buffers: [texts.pages])
            )
        case .extra: return EventKind.bid.cut(first, count, from: texts.padding) { model.extra($0) }
        }
    }
}

/// Fills columns with auctions, one column after the other.
struct AuctionGenerator: EventGenerator {
    private let model: NexmarkModel
    private let columns: [AuctionColumn]
    private let powers = PowersOfMillion()
    private let padding: SharedBytes

    init(_ model: NexmarkModel, columns: [AuctionColumn]) {
        self.model = model
        self.columns = columns
        padding = ChannelTexts.padding(model.random)
    }

    func rows(_ first: Int64, count: Int) -> DecodedRows {
        DecodedRows(
            columns: columns.map { column($0, first, count) }, count: count, rejected: [], slots: nil, slotCount: count)
    }

    private func column(_ column: AuctionColumn, _ first: Int64, _ count: Int) -> Column {
        func numbers(_ value: (Int64) -> Int64) -> Column { .int64(EventKind.auction.values(first, count, value)) }
        func cut(_ range: (Int64) -> PaddingRange) -> Column {
            EventKind.auction.cut(first, count, from: padding, range)
        }
        return switch column {
        case .id: numbers { model.auctionIdentifier($0) }
        case .itemName: cut { model.itemName($0) }
        case .description: cut { model.itemDescription($0) }
        case .initialBid: numbers { model.initialBid($0, powers) }
        case .reserve: numbers { model.reserve($0, powers) }
        case .dateTime: numbers { model.time($0) }
        case .expires: numbers { model.expires($0) }
        case .seller: numbers { model.seller($0) }
        case .category: numbers { model.category($0) }
        case .extra: cut { model.auctionExtra($0) }
        }
    }
}

/// Fills columns with persons, one column after the other.
struct PersonGenerator: EventGenerator {
    private let model: NexmarkModel
    private let columns: [PersonColumn]
    private let padding: SharedBytes

    init(_ model: NexmarkModel, columns: [PersonColumn]) {
        self.model = model
        self.columns = columns
        padding = ChannelTexts.padding(model.random)
    }

    func rows(_ first: Int64, count: Int) -> DecodedRows {
        DecodedRows(
            columns: columns.map { column($0, first, count) }, count: count, rejected: [], slots: nil, slotCount: count)
    }

    private func column(_ column: PersonColumn, _ first: Int64, _ count: Int) -> Column {
        let kind = EventKind.person
        func texts(_ value: (Int64) -> String) -> Column {
            let builder = ColumnBuilder(DataType.text)
            for row in 0..<count { builder.append(text: value(kind.event(ofRow: first &+ Int64(row)))) }
            return builder.finish()
        }
        return switch column {
        case .id: .int64(kind.values(first, count) { model.personIdentifier($0) })
        case .name: texts { model.personName($0) }
        case .emailAddress:
            texts { event in
                let (mailbox, host) = model.emailAddress(event)
                return letters(mailbox) + "@" + letters(host) + ".com"
            }
        case .creditCard: texts { model.creditCard($0) }
        case .city: texts { model.city($0) }
        case .state: texts { model.state($0) }
        case .dateTime: .int64(kind.values(first, count) { model.time($0) })
        case .extra: kind.cut(first, count, from: padding) { model.personExtra($0) }
        }
    }

    private func letters(_ range: PaddingRange) -> String {
        String(decoding: padding.bytes[range.place..<range.place &+ range.length], as: UTF8.self)
    }
}
