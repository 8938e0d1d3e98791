import MutstreamColumnar
import MutstreamEngine

/// Makes the events of one kind of the NEXMark model.
final class NexmarkSource: SourceConnector {
    let isBounded: Bool

    private let kind: EventKind
    private let model: NexmarkModel
    /// Positions in the kind's columns.
    private let columns: [Int]
    private let rowLimit: Int64
    private let rate: Double?
    private let clock: any PaceClock
    private let stopSignal = StopSignal()
    /// The number of the first row.
    private let position = Monitor<Int64>(0)

    init(_ request: SourceRequest, clock: any PaceClock = MonotonicClock()) throws(ConnectorError) {
        let kind = request.options.text("type").flatMap { EventKind(rawValue: $0) } ?? .bid
        var declared: [Int] = []
        for field in request.decoderSchema.fields {
            declared.append(try NexmarkSource.column(field.name, field.type, of: kind))
        }
        self.kind = kind
        columns = request.decoderSchema.projection.map { declared[$0] }
        let events = request.options.integer("events")
        isBounded = events != nil
        rowLimit = events.map { kind.rows(inEvents: Int64($0)) } ?? .max
        model = NexmarkModel(
            seed: Int64(request.options.integer("seed") ?? 42),
            eventRate: Int64(request.options.integer("event_rate") ?? 10_000))
        rate = request.options.number("rate")
        self.clock = clock
    }

    private static func column(_ name: String, _ type: DataType, of kind: EventKind) throws(ConnectorError) -> Int {
        let fields = kind.fields
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
            let names = fields.map(\.name)
            let close = Spelling.closest(to: name, among: names).map { "did you mean \"\($0)\"? " } ?? ""
            let others = EventKind.allCases.filter { other in other != kind && other.fields.contains { $0.name == name } }
            let other = others.first.map { "type = '\($0.rawValue)' has it; " } ?? ""
            throw ConnectorError(
                "this nexmark source makes \(kind.plural), and \(kind.plural) have no column \"\(name)\"",
                hint: "\(close)\(other)the columns of \(kind.plural) are \(names.joined(separator: ", "))")
        }
        guard type == fields[index].type else {
            throw ConnectorError(
                "the column \"\(name)\" of nexmark is \(fields[index].type.name), not \(type.name)",
                hint: "declare it as \(name) \(fields[index].type.name)")
        }
        return index
    }

    private func makeGenerator() -> any EventGenerator {
        switch kind {
        case .bid: BidGenerator(model, columns: columns.map { BidColumn.allCases[$0] })
        case .auction: AuctionGenerator(model, columns: columns.map { AuctionColumn.allCases[$0] })
        case .person: PersonGenerator(model, columns: columns.map { PersonColumn.allCases[$0] })
        }
    }

    func open() throws(ConnectorError) {}

    func run(_ inlet: Inlet) throws(ConnectorError) {
        let generator = makeGenerator()
        var pacer = rate.map { Pacer(.rate($0), clock: clock, stop: stopSignal) }
        let step = Int64(pacer?.chunkRows ?? RowReader.chunkRowsMax)
        var first: Int64 = position.withLock { $0 }
        while first < rowLimit, !stopSignal.isStopped {
            let count = Int(min(step, rowLimit - first))
            pacer?.waitForRows(count)
            if stopSignal.isStopped { return }
            let rows = generator.rows(first, count: count)
            let next = SourcePosition(offset: first + Int64(count))
            if !inlet.submit(Chunk(rows: rows, raw: nil, rawRange: 0..<0, next: next, start: first)) { return }
            first += Int64(count)
        }
    }

    func resume(at position: SourcePosition) throws(ConnectorError) { self.position.withLock { $0 = position.offset } }

    func reread(from start: Int64, to end: SourcePosition) throws(ConnectorError) -> Chunk {
        let count = Int(clamping: max(min(end.offset, rowLimit) - start, 0))
        let rows = makeGenerator().rows(start, count: count)
        return Chunk(rows: rows, raw: nil, rawRange: 0..<0, next: end, start: start)
    }

    func stop() { stopSignal.stop() }
}
