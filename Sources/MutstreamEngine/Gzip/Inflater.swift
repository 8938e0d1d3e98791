/// What can be wrong with compressed bytes.
enum InflateFault: Error {
    case truncated
    case corrupt(String)
    /// The bytes beneath could not be read.
    case input(ConnectorError)
}

/// Decompresses DEFLATE (RFC 1951) as bytes are asked for.
///
/// Output grows in a window: what was given out stays as history until the window is full, then the last 32 KiB move to
/// its front.
/// ```
/// | history: 32 KiB, less at a start | … given out | waits to be | room … | slack |
/// 0            historyStart               drained        filled
/// ```
final class Inflater {
    private static let historyBytes = 32_768
    /// The longest match and what word-wise copies overshoot.
    private static let slackBytes = 320
    private static let windowBytes = historyBytes + (256 << 10) + slackBytes
    /// What the fast way may load past the next byte, and how many literals it may write before it looks at the room.
    static let fastInputBytes = 16
    static let fastOutputBytes = 4

    enum State {
        case blockStart
        case stored(remaining: Int)
        case compressed
        case done
    }

    private let source: any ByteInput
    let input: UnsafeMutableRawBufferPointer
    var inputEnd = 0
    var inputHasEnded = false
    private var bytesBefore = 0
    var reader = BitReader()

    let window: UnsafeMutableRawPointer
    var filled = 0
    private var drained = 0
    var historyStart = 0
    /// Where the bytes of the last ``produce()`` begin.
    private var freshStart = 0

    var state = State.done
    private var isLastBlock = false
    let symbols = HuffmanTable(primaryBits: 11)
    let distances = HuffmanTable(primaryBits: 8)
    private let lengthCodes = HuffmanTable(primaryBits: 7)

    init(_ source: any ByteInput, inputBytes: Int) {
        self.source = source
        input = .allocate(byteCount: max(inputBytes, 1), alignment: 16)
        window = .allocate(byteCount: Inflater.windowBytes, alignment: 16)
    }

    deinit {
        input.deallocate()
        window.deallocate()
    }

    /// Compressed bytes used so far.
    var bytesRead: Int { bytesBefore + reader.next - max(reader.count, 0) / 8 }

    /// The bytes that the last call of ``produce()`` made, until they are drained.
    var fresh: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: window + freshStart, count: filled - freshStart) }

    /// A new stream of blocks begins, with no history.
    func startMember() {
        historyStart = filled
        state = .blockStart
        isLastBlock = false
    }

    /// Moves decompressed bytes out; 0: there are none.
    func drain(into target: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(filled - drained, target.count)
        if count > 0, let base = target.baseAddress {
            base.copyMemory(from: window + drained, byteCount: count)
            drained += count
        }
        return count
    }

    /// Decompresses until the window is full or the last block has ended, which is true. All was drained before.
    func produce() throws(InflateFault) -> Bool {
        if filled > Inflater.windowBytes / 2 {
            let shift = filled - Inflater.historyBytes
            window.copyMemory(from: window + shift, byteCount: Inflater.historyBytes)
            filled -= shift
            drained -= shift
            historyStart = max(historyStart - shift, 0)
        }
        freshStart = filled
        let limit = Inflater.windowBytes - Inflater.slackBytes
        while filled < limit {
            switch state {
            case .blockStart:
                if isLastBlock {
                    state = .done
                } else {
                    try startBlock()
                }
            case .stored(let remaining):
                let copied = try copyStored(min(remaining, limit - filled))
                state = remaining == copied ? .blockStart : .stored(remaining: remaining - copied)
            case .compressed:
                if reader.next + Inflater.fastInputBytes <= inputEnd, filled + Inflater.fastOutputBytes <= limit {
                    try decodeFast(limit)
                } else {
                    try decodeSymbol()
                }
            case .done: return true
            }
        }
        return false
    }
}

// MARK: Bits

extension Inflater {
    /// The next bits as a number, at most 32.
    func bits(_ count: Int) throws(InflateFault) -> UInt64 {
        try topUp(count)
        if reader.count < count { throw .truncated }
        let value = reader.bits & (1 << UInt64(count) - 1)
        reader.consume(count)
        return value
    }

    /// Whether another byte follows.
    func hasMore() throws(InflateFault) -> Bool {
        try topUp(8)
        return reader.count >= 8
    }

    /// Drops what is left of the byte that was begun.
    func alignToByte() { reader.consume(reader.count & 7) }

    /// Loads bytes until `count` bits wait, at most 56, or the input has ended: then the missing bits read as 0.
    func topUp(_ count: Int) throws(InflateFault) {
        while reader.count < count {
            if reader.next == inputEnd {
                try readInput()
                if inputHasEnded { return }
            }
            reader.append(input[reader.next])
        }
    }

    /// Reads the next bytes of the input; all that came before were loaded.
    private func readInput() throws(InflateFault) {
        if inputHasEnded { return }
        bytesBefore += inputEnd
        reader.next = 0
        inputEnd = 0
        do {
            inputEnd = try source.read(into: input)
        } catch {
            throw .input(error)
        }
        inputHasEnded = inputEnd == 0
    }
}

// MARK: Blocks

extension Inflater {
    private func startBlock() throws(InflateFault) {
        isLastBlock = try bits(1) == 1
        switch try bits(2) {
        case 0:
            alignToByte()
            let length = try bits(16)
            if try bits(16) != ~length & 0xFFFF { throw .corrupt("the length of a stored block is wrong") }
            state = .stored(remaining: Int(length))
        case 1:
            _ = symbols.build(lengths: DeflateSymbols.fixedLengths, meanings: DeflateSymbols.literalsAndLengths)
            _ = distances.build(lengths: [UInt8](repeating: 5, count: 32), meanings: DeflateSymbols.distances)
            state = .compressed
        case 2:
            try readCodes()
            state = .compressed
        default: throw .corrupt("a block has no known type")
        }
    }

    /// The codes of a block with its own codes (RFC 1951, section 3.2.7).
    private func readCodes() throws(InflateFault) {
        let symbolCount = Int(try bits(5)) + 257
        let distanceCount = Int(try bits(5)) + 1
        let lengthCount = Int(try bits(4)) + 4
        if symbolCount > 286 || distanceCount > 30 { throw .corrupt("a block has too many symbols") }
        var own = [UInt8](repeating: 0, count: 19)
        for position in 0..<lengthCount {
            own[DeflateSymbols.codeLengthOrder[position]] = UInt8(truncatingIfNeeded: try bits(3))
        }
        guard lengthCodes.build(lengths: own, meanings: DeflateSymbols.codeLengths) else {
            throw .corrupt("a block has an impossible code of code lengths")
        }
        var lengths: [UInt8] = []
        lengths.reserveCapacity(symbolCount + distanceCount)
        while lengths.count < symbolCount + distanceCount {
            try topUp(14)
            let entry = lengthCodes.entries[Int(reader.bits & 127)]
            if entry & HuffmanTable.exception != 0 { throw .corrupt("a code length has no code") }
            reader.consumeCode(entry)
            if reader.count < 0 { throw .truncated }
            let symbol = Int(entry >> 16)
            if symbol < 16 {
                lengths.append(UInt8(truncatingIfNeeded: symbol))
                continue
            }
            if symbol == 16, lengths.isEmpty { throw .corrupt("a code length repeats what is not there") }
            let repeated = symbol == 16 ? lengths[lengths.count - 1] : 0
            let count =
                switch symbol {
                case 16: 3 + Int(try bits(2))
                case 17: 3 + Int(try bits(3))
                default: 11 + Int(try bits(7))
                }
            if lengths.count + count > symbolCount + distanceCount {
                throw .corrupt("a block has too many code lengths")
            }
            for _ in 0..<count { lengths.append(repeated) }
        }
        if lengths[256] == 0 { throw .corrupt("a block cannot end") }
        let fitting =
            symbols.build(lengths: Array(lengths[..<symbolCount]), meanings: DeflateSymbols.literalsAndLengths)
            && distances.build(lengths: Array(lengths[symbolCount...]), meanings: DeflateSymbols.distances)
        if !fitting { throw .corrupt("a block has an impossible code") }
    }

    /// Copies bytes of a stored block, at least one if `count` is not 0.
    private func copyStored(_ count: Int) throws(InflateFault) -> Int {
        if count == 0 { return 0 }
        if reader.count > 0 {
            // Whole bytes that were loaded ahead.
            (window + filled).storeBytes(of: UInt8(truncatingIfNeeded: try bits(8)), as: UInt8.self)
            filled += 1
            return 1
        }
        reader.bits = 0
        if reader.next == inputEnd {
            try readInput()
            if inputHasEnded { throw .truncated }
        }
        let copied = min(count, inputEnd - reader.next)
        (window + filled).copyMemory(
            from: UnsafeRawPointer(input.baseAddress.unsafelyUnwrapped) + reader.next, byteCount: copied)
        reader.next += copied
        filled += copied
        return copied
    }
}
