/// Literals, lengths and distances become bytes: where the time goes.
extension Inflater {
    /// One symbol near the end of what was read, where bytes must be loaded one by one.
    func decodeSymbol() throws(InflateFault) {
        try topUp(48)
        let entry = reader.entry(symbols.entries, primaryBits: 11)
        if entry & HuffmanTable.literal == 0, entry & HuffmanTable.exception != 0 {
            if entry & HuffmanTable.endOfBlock == 0 { throw missingSymbol }
            reader.consumeCode(entry)
            if reader.count < 0 { throw .truncated }
            state = .blockStart
            return
        }
        reader.consumeCode(entry)
        if reader.count < 0 { throw .truncated }
        if entry & HuffmanTable.literal != 0 {
            window.storeBytes(of: UInt8(truncatingIfNeeded: entry >> 16), toByteOffset: filled, as: UInt8.self)
            filled += 1
            return
        }
        let length = reader.takeBase(entry)
        let distanceEntry = reader.entry(distances.entries, primaryBits: 8)
        if distanceEntry & HuffmanTable.exception != 0 { throw missingSymbol }
        reader.consumeCode(distanceEntry)
        let distance = reader.takeBase(distanceEntry)
        if reader.count < 0 { throw .truncated }
        if distance > filled - historyStart { throw .corrupt("a match begins before the data") }
        Inflater.copyMatch(window + filled, distance: distance, length: length)
        filled += length
    }

    /// Bits that no symbol has, or that are no bits at all.
    private var missingSymbol: InflateFault {
        inputHasEnded && reader.count < HuffmanTable.codeBitsMax ? .truncated : .corrupt("a code has no symbol")
    }

    /// Symbols while there are whole words to load and there is room for a match, or to the end of the block.
    ///
    /// At most 48 bits make a length and its distance, and a load leaves at least 56. Up to three literals go before.
    func decodeFast(_ limit: Int) throws(InflateFault) {
        let input = UnsafeRawPointer(input.baseAddress.unsafelyUnwrapped)
        let symbols = UnsafePointer(symbols.entries)
        let distances = UnsafePointer(distances.entries)
        let window = window
        let inputLimit = inputEnd - Inflater.fastInputBytes
        let outputLimit = limit - Inflater.fastOutputBytes
        let historyStart = historyStart
        var reader = reader
        var out = filled
        defer {
            self.reader = reader
            filled = out
        }

        while reader.next <= inputLimit, out <= outputLimit {
            reader.load(input)
            var entry = symbols[Int(truncatingIfNeeded: reader.bits & 2_047)]
            if entry & HuffmanTable.literal != 0 {
                Inflater.store(entry, window, &out, &reader)
                entry = symbols[Int(truncatingIfNeeded: reader.bits & 2_047)]
                if entry & HuffmanTable.literal != 0 {
                    Inflater.store(entry, window, &out, &reader)
                    entry = symbols[Int(truncatingIfNeeded: reader.bits & 2_047)]
                    if entry & HuffmanTable.literal != 0 {
                        Inflater.store(entry, window, &out, &reader)
                        continue
                    }
                }
                reader.load(input)
            }
            if entry & HuffmanTable.exception != 0 {
                if entry & HuffmanTable.second != 0 { entry = reader.secondEntry(symbols, entry) }
                if entry & HuffmanTable.literal != 0 {
                    Inflater.store(entry, window, &out, &reader)
                    continue
                }
                if entry & HuffmanTable.exception != 0 {
                    guard entry & HuffmanTable.endOfBlock != 0 else { throw .corrupt("a code has no symbol") }
                    reader.consumeCode(entry)
                    state = .blockStart
                    return
                }
            }
            reader.consumeCode(entry)
            let length = reader.takeBase(entry)
            entry = reader.entry(distances, primaryBits: 8)
            if entry & HuffmanTable.exception != 0 { throw .corrupt("a code has no symbol") }
            reader.consumeCode(entry)
            let distance = reader.takeBase(entry)
            if distance > out &- historyStart { throw .corrupt("a match begins before the data") }
            Inflater.copyMatch(window + out, distance: distance, length: length)
            out &+= length
        }
    }

    @inline(__always)
    private static func store(
        _ literal: UInt32, _ window: UnsafeMutableRawPointer, _ out: inout Int, _ reader: inout BitReader
    ) {
        reader.consumeCode(literal)
        window.storeBytes(of: UInt8(truncatingIfNeeded: literal >> 16), toByteOffset: out, as: UInt8.self)
        out &+= 1
    }

    /// Copies what lies `distance` bytes back, over what it writes itself where they overlap.
    /// May write 16 bytes too many.
    @inline(__always)
    private static func copyMatch(_ target: UnsafeMutableRawPointer, distance: Int, length: Int) {
        let source = UnsafeRawPointer(target) - distance
        var offset = 0
        if distance >= 16 {
            repeat {
                let words = source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
                target.storeBytes(of: words, toByteOffset: offset, as: SIMD2<UInt64>.self)
                offset &+= 16
            } while offset < length
        } else if distance >= 8 {
            repeat {
                let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                offset &+= 8
            } while offset < length
        } else if distance == 1 {
            let word = UInt64(source.load(as: UInt8.self)) &* 0x0101_0101_0101_0101
            repeat {
                target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                offset &+= 8
            } while offset < length
        } else {
            repeat {
                target.storeBytes(
                    of: source.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
                offset &+= 1
            } while offset < length
        }
    }
}
