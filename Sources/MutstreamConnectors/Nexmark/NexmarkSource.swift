import MutstreamColumnar
import MutstreamEngine

/// Makes the bids of the NEXMark model.
final class NexmarkSource: SourceConnector {
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

    let isBounded: Bool

    private let model: BidModel
    private let columns: [BidColumn]
    private let bids: Int64
    private let rate: Double?
    private let clock: any PaceClock
    private let stopSignal = StopSignal()

    init(_ request: SourceRequest, clock: any PaceClock = MonotonicClock()) throws(ConnectorError) {
        var declared: [BidColumn] = []
        for field in request.decoderSchema.fields { declared.append(try NexmarkSource.column(field.name, field.type)) }
        columns = request.decoderSchema.projection.map { declared[$0] }
        let events = request.options.integer("events")
        isBounded = events != nil
        bids = events.map { BidModel.bids(inEvents: Int64($0)) } ?? .max
        model = BidModel(
            seed: Int64(request.options.integer("seed") ?? 42),
            eventRate: Int64(request.options.integer("event_rate") ?? 10_000))
        rate = request.options.number("rate")
        self.clock = clock
    }

    private static func column(_ name: String, _ type: DataType) throws(ConnectorError) -> BidColumn {
        guard let column = BidColumn(rawValue: name) else {
            let names = BidColumn.allCases.map(\.rawValue)
            let close = Spelling.closest(to: name, among: names).map { "did you mean \"\($0)\"? " } ?? ""
            throw ConnectorError(
                "nexmark makes bids, and bids have no column \"\(name)\"",
                hint: "\(close)its columns are \(names.joined(separator: ", ")); persons and auctions are not made")
        }
        guard type == column.type else {
            throw ConnectorError(
                "the column \"\(name)\" of nexmark is \(column.type.name), not \(type.name)",
                hint: "declare it as \(name) \(column.type.name)")
        }
        return column
    }

    func open() throws(ConnectorError) {}

    func run(_ inlet: Inlet) throws(ConnectorError) {
        let generator = BidGenerator(model, columns: columns)
        var pacer = rate.map { Pacer(.rate($0), clock: clock, stop: stopSignal) }
        let step = Int64(pacer?.chunkRows ?? RowReader.chunkRowsMax)
        var first: Int64 = 0
        while first < bids, !stopSignal.isStopped {
            let count = Int(min(step, bids - first))
            pacer?.waitForRows(count)
            if stopSignal.isStopped { return }
            let rows = generator.rows(first, count: count)
            if !inlet.submit(Chunk(rows: rows, raw: nil, rawRange: 0..<0)) { return }
            first += Int64(count)
        }
    }

    func stop() { stopSignal.stop() }
}

/// Fills columns with bids, one column after the other.
struct BidGenerator {
    private let model: BidModel
    private let columns: [NexmarkSource.BidColumn]
    private let powers = PowersOfMillion()
    private let texts: ChannelTexts

    init(_ model: BidModel, columns: [NexmarkSource.BidColumn]) {
        self.model = model
        self.columns = columns
        texts = ChannelTexts(model.random)
    }

    /// Bids number `first` and those after it.
    func rows(_ first: Int64, count: Int) -> DecodedRows {
        DecodedRows(
            columns: columns.map { column($0, first, count) }, count: count, rejected: [], slots: nil, slotCount: count)
    }

    private func column(_ column: NexmarkSource.BidColumn, _ first: Int64, _ count: Int) -> Column {
        let model = model
        switch column {
        case .auction: return .int64(BidGenerator.values(first, count) { model.auction($0) })
        case .bidder: return .int64(BidGenerator.values(first, count) { model.bidder($0) })
        case .price:
            let powers = powers
            return .int64(BidGenerator.values(first, count) { model.price($0, powers) })
        case .dateTime: return .int64(BidGenerator.values(first, count) { model.time($0) })
        case .channel:
            let names = texts.names
            return .text(
                TextValues(
                    views: BidGenerator.values(first, count) { names[model.channel($0)] }, buffers: [texts.pages]))
        case .url:
            let urls = texts.urls
            return .text(
                TextValues(views: BidGenerator.values(first, count) { urls[model.channel($0)] }, buffers: [texts.pages])
            )
        case .extra:
            let padding = texts.padding
            let bytes = padding.bytes
            let views = BidGenerator.values(first, count) { event in
                let (length, place) = model.extra(event)
                return TextView(
                    UnsafeRawBufferPointer(rebasing: bytes[place..<place &+ length]), buffer: 0,
                    offset: UInt32(truncatingIfNeeded: place))
            }
            return .text(TextValues(views: views, buffers: [padding]))
        }
    }

    /// One value an event, for the events that the bids are.
    @inline(__always)
    private static func values<T: BitwiseCopyable>(_ first: Int64, _ count: Int, _ value: (Int64) -> T) -> [T] {
        [T](unsafeUninitializedCapacity: count) { target, filled in
            var event = BidModel.event(ofBid: first)
            var place = first % BidModel.bidsPerRound
            for row in 0..<count {
                target.initializeElement(at: row, to: value(event))
                event &+= 1
                place &+= 1
                if place == BidModel.bidsPerRound {
                    place = 0
                    event &+= BidModel.eventsPerRound &- BidModel.bidsPerRound
                }
            }
            filled = count
        }
    }
}
