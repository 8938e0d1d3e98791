import MutstreamColumnar

/// The texts that bids point at: channels, their pages, and random letters to cut padding from. Made once a source.
final class ChannelTexts: Sendable {
    static let hotNames = ["Google", "Facebook", "Baidu", "Apple"]
    static let otherChannels = 10_000
    static let paddingBytes = 65_536
    /// Events before the first, whose random numbers nobody else uses.
    private static let ownEvents: Int64 = -1 << 40

    /// One view a channel, into ``pages``.
    let names: [TextView]
    let urls: [TextView]
    let pages: SharedBytes
    let padding: SharedBytes

    init(_ random: CounterRandom) {
        var letters = Letters(random: random, event: ChannelTexts.ownEvents)
        padding = ChannelTexts.padding(&letters)

        var texts: [[UInt8]] = ChannelTexts.hotNames.map { Array($0.utf8) }
        for number in 0..<ChannelTexts.otherChannels { texts.append(Array("channel-\(number)".utf8)) }
        let channels = texts.count
        for index in 0..<channels {
            var url = Array("https://www.nexmark.com/".utf8)
            for _ in 0..<3 {
                for _ in 0..<5 { url.append(letters.next()) }
                url.append(UInt8(ascii: "/"))
            }
            url += Array("item.htm?query=1".utf8)
            // Nine of ten pages of the other channels name their channel.
            if index >= ChannelTexts.hotNames.count, letters.number(below: 10) > 0 {
                url += Array("&channel_id=\(ChannelTexts.identifier(index - ChannelTexts.hotNames.count))".utf8)
            }
            texts.append(url)
        }
        let pages = SharedBytes(capacity: texts.reduce(0) { $0 + $1.count })
        let views = texts.map { text in
            text.withUnsafeBytes { bytes in
                let offset = pages.count
                UnsafeMutableRawBufferPointer(start: pages.base + offset, count: bytes.count).copyMemory(from: bytes)
                pages.count += bytes.count
                return TextView(bytes, buffer: 0, offset: UInt32(truncatingIfNeeded: offset))
            }
        }
        self.pages = pages
        names = Array(views[..<channels])
        urls = Array(views[channels...])
    }

    /// The random letters alone.
    static func padding(_ random: CounterRandom) -> SharedBytes {
        var letters = Letters(random: random, event: ownEvents)
        return padding(&letters)
    }

    private static func padding(_ letters: inout Letters) -> SharedBytes {
        let padding = SharedBytes(capacity: paddingBytes)
        for offset in 0..<paddingBytes {
            padding.base.storeBytes(of: letters.next(), toByteOffset: offset, as: UInt8.self)
        }
        padding.count = paddingBytes
        return padding
    }

    /// The bits of the channel's number in the opposite order, as a number of 32 bits, without its sign.
    private static func identifier(_ channel: Int) -> UInt32 {
        var reversed: UInt32 = 0
        for bit in 0..<32 where channel >> bit & 1 == 1 { reversed |= 1 << UInt32(31 - bit) }
        return Int32(bitPattern: reversed).magnitude
    }
}

/// Random lower-case letters, one after the other.
private struct Letters {
    let random: CounterRandom
    var event: Int64
    private var draw: UInt64 = 0

    init(random: CounterRandom, event: Int64) {
        self.random = random
        self.event = event
    }

    mutating func number(below bound: UInt64) -> UInt64 {
        let bits = random.bits(event, draw)
        draw += 1
        return CounterRandom.below(bound, bits)
    }

    mutating func next() -> UInt8 { UInt8(ascii: "a") + UInt8(truncatingIfNeeded: number(below: 26)) }
}
