import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Auctions and persons: what they hold, and that they agree with the bids.
@Suite struct NexmarkKindsTests {
    private static let events: Int64 = 20_000
    private let model = NexmarkModel(seed: 42, eventRate: 10_000)

    private func rows(_ kind: EventKind, _ first: Int64 = 0, _ count: Int64? = nil) -> DecodedRows {
        let count = Int(count ?? kind.rows(inEvents: NexmarkKindsTests.events))
        let generator: any EventGenerator =
            switch kind {
            case .bid: BidGenerator(model, columns: BidColumn.allCases)
            case .auction: AuctionGenerator(model, columns: AuctionColumn.allCases)
            case .person: PersonGenerator(model, columns: PersonColumn.allCases)
            }
        return generator.rows(first, count: count)
    }

    private func numbers(_ rows: DecodedRows, _ column: Int) -> [Int64] {
        if case .int64(let values) = rows.columns[column].values { values } else { [] }
    }

    private func texts(_ rows: DecodedRows, _ column: Int) -> [String] {
        (0..<rows.count).map { row in
            if case .text(let text) = rows.columns[column].value(at: row) { text } else { "?" }
        }
    }

    private func line(_ rows: DecodedRows, _ row: Int) -> String {
        rows.columns.map { column in
            switch column.value(at: row) {
            case .int64(let value): "\(value)"
            case .text(let value): value
            default: "?"
            }
        }.joined(separator: "|")
    }

    @Test func `every event is of one kind`() {
        var kinds: [Int64: EventKind] = [:]
        for kind in EventKind.allCases {
            for row in 0..<kind.perRound * 3 { #expect(kinds.updateValue(kind, forKey: kind.event(ofRow: row)) == nil) }
        }
        #expect(kinds.count == 150)
        for events in Int64(0)...150 {
            for kind in EventKind.allCases {
                #expect(kind.rows(inEvents: events) == Int64(kinds.count { $0.key < events && $0.value == kind }))
            }
        }
    }

    @Test func `the first auctions and persons are these`() {
        let auctions = rows(.auction, 0, 2)
        #expect((0..<2).map { line(auctions, $0) } == NexmarkKindsGolden.auctions)
        let persons = rows(.person, 0, 2)
        #expect((0..<2).map { line(persons, $0) } == NexmarkKindsGolden.persons)
    }

    @Test(arguments: EventKind.allCases) func `division changes no value`(kind: EventKind) {
        let whole = rows(kind, 100, 200)
        let parts = [rows(kind, 100, 46), rows(kind, 146, 1), rows(kind, 147, 153)]
        #expect(parts.flatMap { part in (0..<part.count).map { line(part, $0) } } == (0..<200).map { line(whole, $0) })
    }

    @Test func `ids count up, and times rise over all kinds`() {
        for kind in [EventKind.auction, .person] {
            let rows = rows(kind)
            #expect(numbers(rows, 0) == (0..<Int64(rows.count)).map { 1_000 + $0 })
        }
        let times = numbers(rows(.person), 6) + numbers(rows(.auction), 5) + numbers(rows(.bid), 5)
        #expect(times.sorted() == (0..<NexmarkKindsTests.events).map { NexmarkModel.baseTime + $0 * 100 })
    }

    @Test func `bids and auctions refer to what is there or soon comes`() {
        let (bids, auctions) = (rows(.bid), rows(.auction))
        for (row, (auction, bidder)) in zip(numbers(bids, 0), numbers(bids, 1)).enumerated() {
            let round = EventKind.bid.event(ofRow: Int64(row)) / 50
            #expect(auction - 1_000 <= round * 3 + 2 + 10, "bid \(row)")
            #expect(bidder - 1_000 <= round + 10, "bid \(row)")
        }
        let hot = numbers(auctions, 7).count { ($0 - 1_000) % 100 == 0 }
        #expect((0.74...0.78).contains(Double(hot) / Double(auctions.count)))
        for (row, seller) in numbers(auctions, 7).enumerated() { #expect(seller - 1_000 <= Int64(row) / 3 + 10) }
        // A bid for an auction that is there comes while it runs more often than not.
        let (starts, ends, times) = (numbers(auctions, 5), numbers(auctions, 6), numbers(bids, 5))
        var (present, running) = (0, 0)
        for (auction, time) in zip(numbers(bids, 0), times) {
            let index = Int(auction - 1_000)
            guard index < starts.count, starts[index] <= time else { continue }
            present += 1
            if time <= ends[index] { running += 1 }
        }
        #expect(Double(present) / Double(bids.count) > 0.9)
        #expect(Double(running) / Double(present) > 0.5)
    }

    @Test func `fields keep to the ranges of the model`() {
        let auctions = rows(.auction)
        let (starts, ends) = (numbers(auctions, 5), numbers(auctions, 6))
        for (start, end) in zip(starts, ends) { #expect((1_000...334_000).contains(end - start)) }
        for (initial, reserve) in zip(numbers(auctions, 3), numbers(auctions, 4)) {
            #expect((100...100_000_000).contains(initial) && (100...100_000_000).contains(reserve - initial))
        }
        #expect(Set(numbers(auctions, 8)) == [10, 11, 12, 13, 14])
        #expect(Set(texts(auctions, 1).map(\.utf8.count)) == Set(3...19))
        var bytes = 0
        for column in [1, 2, 9] { bytes += texts(auctions, column).reduce(0) { $0 + $1.utf8.count } }
        #expect((440...460).contains(bytes / auctions.count))

        let persons = rows(.person)
        #expect(Set(texts(persons, 4)) == Set(NexmarkModel.cities))
        #expect(Set(texts(persons, 5)) == Set(NexmarkModel.states))
        for card in texts(persons, 3) { #expect(card.split(separator: " ").map(\.utf8.count) == [4, 4, 4, 4]) }
        for email in texts(persons, 2) { #expect(email.contains("@") && email.hasSuffix(".com")) }
    }

    @Test func `a source of auctions gives the declared columns`() throws {
        let fields = [Field("seller", .bigint), Field("id", .bigint)]
        let request = SourceRequest(
            name: "auction", options: CheckedOptions(["type": .text("auction"), "events": .integer(1_003)]),
            baseDirectory: "", decoderSchema: schema(fields, projection: [1, 0]), format: nil, eventTimeColumn: nil)
        let source = try NexmarkSource(request)
        let inlet = Inlet(name: "auction", answers: false) {}
        try source.open()
        try source.run(inlet)
        let chunks = inlet.take().chunks
        #expect(chunks.reduce(0) { $0 + $1.rows.count } == 62)
        #expect(chunks.first.map { numbers($0.rows, 0).first } == 1_000)
        #expect(chunks.first.map { numbers($0.rows, 1) } == numbers(rows(.auction), 7).prefix(62).map { $0 })
    }
}

/// What the seed 42 gives.
enum NexmarkKindsGolden {
    static let auctions = [
        "1000|lpxbhe|iocaddbavxltrkwwqlxadryqualvcvzythyomntwutgaswwhtttxblpmthhcgvoqtyhbdpikzvlhswgynnyfcsbcwmqpmvjbglv|2017349|2719533|1436918400000100|1436918400116100|1000|11|zadgdtuqicljacxtlpbnqdwkjkagdbrhtztxauotzsiobmgltsopxdybrhobxhmpikjmlplszfcnznxikorribnuftwbtvoyrffsshvqbfqodaisjgthndiadqbmishupmhhemicintogxzdeoqdaqwsfdvtyhaaddhhafbhcvubzmbxhbzvpmmybjjrmcvzhrbasaighiycgdawazuqciavnblropbgzwjxolimtcumijxsooxfezhjhhknoifnfqmzpfkxwbcqyrpykerbwhjicijcwytkwkohchwxtoklaefofgqbvxbtayckimzujuzjzovvhdntibdhvcvrvsbgritcnswiwjjlqupdozgzlbvm",
        "1001|combbgxxqhj|yhfvtooihqcutmvjmvjrbirddbonpjjozhyfffvcjsmixpmdvdbyueoyylvdien|48185|924396|1436918400000200|1436918400239200|1000|14|svkrqdsrlqglvixctflyamdgxzkqoszkklfrlqqjsrvfgrcnxlzhhlipkktgyikgynuljowwyhjkyzfwhjrubvpwkzrxgtnxdmsnoaekxlxgykzkehcwnisotfzbhwxpavtoiopqiuikxtqsnzmndhcaedfgtodfjeczjnvgbyynjenfydfhdxxegduybfgtgghpoikikjabccazgabsrgsdpfdwxfogezeumkzzkhasmlgyzyilgyvjequyoyqfggzeflqypvlrzoekfwqhllqeoflsdaqbhrxixlivadskwzfdwjyzkawdksmimvsoxfenltxywdlvsqqmwtcbehcnvvfsyzp",
    ]
    static let persons = [
        "1000|Vicky Smith|nnxs@nnpv.com|0144 7545 4031 4863|Portland|AZ|1436918400000000|ntuwkxcdddybjhvbuzngwuixtdjytvipzgxobqbuzbjsjtnucurqaltxjibwsmxzydeeupwakhsqggrolirmierwcqovzflekoxukukxutcfxjrxfnvysuuitjsqiuguvlui",
        "1001|Saul White|guzq@xho.com|0299 6861 2666 8748|Cheyenne|AZ|1436918400005000|vromrpgswbvejfqrzufvgfgkpvcpidydhlqeejcakolijyphdhxldafvlqyywwmsnhkpriconbwidpkxsesdqbevedyumbifieftfinxtvgptfvsutcjjaetlpzgggeymaqqfeksestgpjywvhwxi",
    ]
}
