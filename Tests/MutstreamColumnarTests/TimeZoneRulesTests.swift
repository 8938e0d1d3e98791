import Foundation
import Testing

@testable import MutstreamColumnar

@Suite struct TimeZoneRulesTests {
    /// Seconds since 1970 of a time in UTC.
    private func time(_ text: String) throws -> Int64 {
        guard case .int64(let value) = try TextCodec.parse(text, .timestamp) else { return 0 }
        return CivilTime.seconds(value)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2024-03-31 00:59:59", 1.0), ("Europe/Berlin", "2024-03-31 01:00:00", 2.0),
        ("europe/berlin", "2024-10-27 00:59:59", 2.0), ("Europe/Berlin", "2024-10-27 01:00:00", 1.0),
        ("Europe/Berlin", "1945-06-01 00:00:00", 3.0), ("America/New_York", "2120-07-01 00:00:00", -4.0),
        ("America/New_York", "2120-12-01 00:00:00", -5.0), ("Australia/Sydney", "2060-01-01 00:00:00", 11.0),
        ("Australia/Sydney", "2060-07-01 00:00:00", 10.0), ("Asia/Kolkata", "2024-01-01 00:00:00", 5.5),
        ("Europe/Dublin", "2050-07-01 00:00:00", 1.0), ("Europe/Dublin", "2050-01-01 00:00:00", 0.0),
        ("America/Sao_Paulo", "2018-12-01 00:00:00", -2.0), ("America/Sao_Paulo", "2024-12-01 00:00:00", -3.0),
        ("Etc/GMT-7", "2024-12-01 00:00:00", 7.0), ("US/Pacific", "1970-01-01 00:00:00", -8.0),
        // Between a zone's last odd change and the first one of its yearly rule.
        ("America/New_York", "2006-11-02 12:00:00", -5.0), ("Europe/Berlin", "1995-10-01 12:00:00", 1.0),
        ("Africa/Cairo", "2020-06-15 12:00:00", 2.0), ("Asia/Jerusalem", "2012-10-10 12:00:00", 2.0),
    ])
    func `the offset of a zone at a time`(name: String, text: String, hours: Double) throws {
        let zone = try #require(TimeZoneRules.named(name))
        #expect(zone.offset(at: try time(text)) == Int64(hours * 3600))
    }

    @Test func `a local time that is left out or comes twice`() throws {
        let zone = try #require(TimeZoneRules.named("Europe/Berlin"))
        #expect(zone.offset(local: try time("2024-03-31 02:30:00")) == 3600)
        #expect(zone.offset(local: try time("2024-10-27 02:30:00")) == 3600)
        #expect(zone.offset(local: try time("2024-10-27 01:59:59")) == 7200)
    }

    @Test func `unknown names and the bounds of time`() throws {
        #expect(TimeZoneRules.named("Europe/Atlantis") == nil)
        #expect(TimeZoneTable.zones.count > 590)
        let zone = try #require(TimeZoneRules.named("America/New_York"))
        #expect(zone.offset(at: .max) == -18_000 || zone.offset(at: .max) == -14_400)
        #expect(zone.offset(local: .min) == zone.offset(at: .min))
    }

    /// The record is Python's, by scripts/time-zones: a hash of the offsets of each zone, every ten days from 1970 to 2045.
    @Test func `every zone as another program has it`() throws {
        let file = #filePath.replacing("TimeZoneRulesTests.swift", with: "Data/time_zones.txt")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count > 590)
        var wrong: [String] = []
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let zone = try #require(TimeZoneRules.named(words[0]))
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for time in stride(from: Int64(0), to: 2_366_841_600, by: 864_000) {
                let bits = UInt32(bitPattern: Int32(truncatingIfNeeded: zone.offset(at: time)))
                for shift in [0, 8, 16, 24] as [UInt32] {
                    hash = (hash ^ UInt64(bits >> shift & 0xff)) &* 0x100_0000_01b3
                }
            }
            let text = String(hash, radix: 16)
            if String(repeating: "0", count: 16 - text.count) + text != words[1] { wrong.append(words[0]) }
        }
        #expect(wrong.isEmpty)
    }

    /// Local times lead back to where they came from, but for hours that come twice.
    @Test func `there and back in every zone`() {
        var wrong: [String] = []
        for (name, zone) in TimeZoneTable.zones.sorted(by: { $0.key < $1.key }) {
            var time: Int64 = -4_000_000_000
            var state: UInt64 = 7
            while time < 6_000_000_000 {
                let local = time + zone.offset(at: time)
                let back = local - zone.offset(local: local)
                let isTwice = zone.offset(at: back) != zone.offset(at: time)
                let isRight = back == time || (isTwice && back + zone.offset(at: back) == local)
                if !isRight { wrong.append("\(name) at \(time)") }
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                time += Int64(state >> 40) * 2
            }
        }
        #expect(wrong.isEmpty)
    }
}
