import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// The generator gives the same rows for ever, in the proportions of the model.
@Suite struct NexmarkTests {
    private static let all = BidColumn.allCases.map { Field($0.rawValue, $0.type) }

    private func rows(
        _ first: Int64, _ count: Int, seed: Int64 = 42,
        columns: [BidColumn] = BidColumn.allCases
    )
        -> DecodedRows
    {
        BidGenerator(NexmarkModel(seed: seed, eventRate: 10_000), columns: columns).rows(first, count: count)
    }

    private func line(_ rows: DecodedRows, _ row: Int) -> String {
        rows.columns.map { column in
            switch column.value(at: row) {
            case .int64(let value): "\(value)"
            case .text(let value): value
            default: "?"
            }
        }.joined(separator: " ")
    }

    private func hash(_ rows: DecodedRows) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for row in 0..<rows.count {
            for byte in line(rows, row).utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        }
        return hash
    }

    @Test func `the first rows are these`() {
        let rows = rows(0, 5)
        #expect((0..<5).map { line(rows, $0) } == NexmarkGolden.firstRows)
    }

    @Test func `a hundred thousand rows are these`() {
        #expect(hash(rows(0, 100_000)) == NexmarkGolden.hash)
    }

    @Test func `division and projection change no value`() {
        let whole = rows(1_000, 500)
        let parts = [rows(1_000, 46), rows(1_046, 1), rows(1_047, 453)]
        let lines = parts.flatMap { part in (0..<part.count).map { line(part, $0) } }
        #expect(lines == (0..<500).map { line(whole, $0) })
        let some = rows(1_000, 500, columns: [.price, .channel])
        for row in 0..<500 {
            #expect(some.columns[0].value(at: row) == whole.columns[2].value(at: row))
            #expect(some.columns[1].value(at: row) == whole.columns[3].value(at: row))
        }
    }

    @Test func `another seed gives other rows`() {
        #expect(line(rows(0, 1, seed: 1), 0) != line(rows(0, 1, seed: 2), 0))
    }

    @Test func `of fifty events forty-six are bids`() {
        #expect(
            [0, 1, 4, 5, 50, 54, 55, 100, 1_000_000].map { EventKind.bid.rows(inEvents: $0) } == [
                0, 0, 0, 1, 46, 46, 47, 92, 920_000,
            ])
        #expect([0, 45, 46, 92].map { EventKind.bid.event(ofRow: $0) } == [4, 49, 54, 104])
    }

    @Test func `proportions are those of the model`() {
        let rows = rows(920_000, 100_000)
        func numbers(_ column: Int) -> [Int64] {
            if case .int64(let values) = rows.columns[column].values { values } else { [] }
        }
        func share(_ count: Int) -> Double { Double(count) / 100_000 }
        let hotAuctions = numbers(0).count { ($0 - 1_000) % 100 == 0 }
        #expect((0.49...0.52).contains(share(hotAuctions)))
        let hotBidders = numbers(1).count { ($0 - 1_001) % 100 == 0 }
        #expect((0.74...0.77).contains(share(hotBidders)))
        for power in [1_000, 10_000, 100_000, 1_000_000, 10_000_000].enumerated() {
            let cheaper = numbers(2).count { $0 < power.element }
            #expect(abs(share(cheaper) - Double(power.offset + 1) / 6) < 0.01)
        }
        #expect(numbers(2).allSatisfy { (100...100_000_000).contains($0) })
        var hotChannels = 0
        var bytes = 0
        for row in 0..<rows.count {
            guard case .text(let channel) = rows.columns[3].value(at: row),
                case .text(let url) = rows.columns[4].value(at: row),
                case .text(let extra) = rows.columns[6].value(at: row)
            else { continue }
            if ChannelTexts.hotNames.contains(channel) { hotChannels += 1 }
            #expect(url.hasPrefix("https://www.nexmark.com/"))
            bytes += 32 + extra.utf8.count
        }
        #expect((0.49...0.51).contains(share(hotChannels)))
        #expect((98...102).contains(bytes / 100_000))
        let times = numbers(5)
        #expect(times[46] - times[0] == 5_000)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `prices agree with the power they stand for`() {
        let powers = PowersOfMillion()
        #expect(powers.price(0) == 100)
        #expect(powers.price(1 << 63) == 100_000)
        #expect(powers.price(.max) == 100_000_000)
    }

    private func request(
        _ fields: [Field] = NexmarkTests.all, projection: [Int] = [0], options: [String: CheckedOptions.OptionValue]
    ) -> SourceRequest {
        SourceRequest(
            name: "bid", options: CheckedOptions(options), baseDirectory: "",
            decoderSchema: schema(fields, projection: projection), format: nil, eventTimeColumn: nil)
    }

    @Test func `a source ends after its events`() throws {
        let source = try NexmarkSource(request(projection: [5, 0], options: ["events": .integer(50_000)]))
        #expect(source.isBounded)
        let inlet = Inlet(name: "bid", answers: false) {}
        try source.open()
        try source.run(inlet)
        let chunks = inlet.take().chunks
        #expect(chunks.reduce(0) { $0 + $1.rows.count } == 46_000)
        #expect(chunks.allSatisfy { $0.rows.columns.count == 2 && $0.rows.slotCount == $0.rows.count })
        #expect(chunks.first?.rows.columns[0].value(at: 0) == .int64(NexmarkModel.baseTime + 400))
    }

    @Test func `a source without an end stops when it is told to`() throws {
        let source = try NexmarkSource(request(options: [:]))
        #expect(!source.isBounded)
        let inlet = Inlet(name: "bid", answers: false, limits: Inlet.Limits(rows: 10_000, bytes: 1)) {}
        let thread = EngineThread(name: "source") { try? source.run(inlet) }
        while inlet.queuedRows == 0 {}
        source.stop()
        inlet.close()
        thread.join()
        #expect(inlet.queuedRows > 0)
    }

    @Test func `columns that bids have not are refused`() {
        func message(_ field: Field) -> ConnectorError? {
            do throws(ConnectorError) {
                _ = try NexmarkSource(request([field], options: [:]))
                return nil
            } catch {
                return error
            }
        }
        #expect(
            message(Field("pric", .bigint))
                == ConnectorError(
                    "this nexmark source makes bids, and bids have no column \"pric\"",
                    hint: """
                        did you mean "price"? the columns of bids are auction, bidder, price, channel, url, date_time, extra
                        """))
        #expect(message(Field("seller", .bigint))?.hint?.contains("type = 'auction' has it") == true)
        #expect(
            message(Field("price", .double))
                == ConnectorError(
                    "the column \"price\" of nexmark is BIGINT, not DOUBLE", hint: "declare it as price BIGINT"))
        #expect(message(Field("date_time", .timestamp)) == nil)
    }
}

/// What the seed 42 gives.
enum NexmarkGolden {
    static let firstRows = [
        "1008 1001 39989 Google https://www.nexmark.com/ebbsj/ylmpx/zibkx/item.htm?query=1 1436918400000400 bzjbdoiowecuobrkpfszutrxycukfupskqieubrqrxpujhrfpcgjwghlqlkqw",
        "1009 1001 184877 channel-6452 https://www.nexmark.com/fvlnh/uwpow/nxwda/item.htm?query=1&channel_id=748158976 1436918400000500 xctkvkmtkbebjjswduakbbrgcexidtkpexfwjpgcckcowhcroogyuzsjcutkqnphiw",
        "1000 1006 90924 Apple https://www.nexmark.com/inykp/faidj/chpys/item.htm?query=1 1436918400000600 eswnibwbpvaqxjabshsxuoyuqkjtvjpcfxchpqznganysvvmxjxxvgkwcfatxhxorhinxfwokolaic",
        "1000 1001 93764644 channel-2747 https://www.nexmark.com/jmoez/qhsux/nyrqu/item.htm?query=1&channel_id=581959680 1436918400000700 oybomqyieztyvdrilwptfbtwektseauqptknroexradaqgcfuniyturcrtsiwxjnq",
        "1000 1001 197657 Apple https://www.nexmark.com/inykp/faidj/chpys/item.htm?query=1 1436918400000800 frcrgmcyfrunuyfumamqraatrwppytiljaxhhpvqatardazjmmqlfeasdotzcwpeduor",
    ]
    static let hash: UInt64 = 15_811_947_337_077_402_012
}
