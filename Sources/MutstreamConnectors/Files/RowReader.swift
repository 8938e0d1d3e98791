import MutstreamColumnar
import MutstreamEngine

/// Reads bytes block by block and decodes them chunk by chunk.
///
/// A chunk's rows refer to its block, so a block is filled again only when no column needs it any more. What is left of
/// it, the beginning of a row, moves to the front of the next one.
/// ```
/// | decoded … | next chunk … | half a row |      block
///                            | half a row | read … |      next block
/// ```
struct RowReader {
    static let chunkRowsMax = 8_192
    static let blockBytes = 1 << 20
    private static let sparesMax = 8

    private let input: any ByteInput
    private let decoder: any RowDecoder
    private let blockBytes: Int
    private var block = SharedBytes(capacity: 1)
    /// Blocks that were made; one that no chunk refers to any more is filled again.
    private var spares: [SharedBytes] = []
    private var nextSpare = 0
    private var position = 0
    private var inputHasEnded = false
    private let place: Place
    /// Of the block's first byte, in the input.
    private var blockOffset: Int64
    /// Bytes were consumed that no chunk has: of a row that is too long, or between rows.
    private var isContinued = false

    /// What the input is to those who may want to read it again.
    enum Place {
        /// Its bytes come once.
        case passing
        /// A file that may be gone later: read on from here, but not again.
        case leaving(FileIdentity)
        /// The same bytes for ever.
        case lasting
    }

    /// - Parameters:
    ///   - blockBytes: how much is read at once.
    ///   - position: where the input begins; a decoder is given what it has to know.
    init(
        _ input: any ByteInput, decoder: any RowDecoder, blockBytes: Int = RowReader.blockBytes, place: Place = .passing,
        from position: SourcePosition? = nil
    ) {
        self.input = input
        self.decoder = decoder
        self.blockBytes = blockBytes
        self.place = place
        blockOffset = position?.offset ?? 0
        decoder.prime(position?.context ?? [])
    }

    /// The next rows, at most `rowsMax` accepted ones; nil at the end.
    ///
    /// All rows before an error have been given out when it is thrown.
    mutating func next(rowsMax: Int = RowReader.chunkRowsMax) throws(ConnectorError) -> Chunk? {
        while true {
            if position < block.count {
                let start = position
                let context = decoder.context
                position += decoder.decode(block, start..<block.count, isFinal: inputHasEnded, maxRows: rowsMax)
                let rows = decoder.take()
                if rows.slotCount > 0 {
                    defer { isContinued = false }
                    return chunk(rows, start, isContinued ? nil : context)
                }
                if position > start { isContinued = true }
                // Nothing but blanks, or a row that has not ended.
                if inputHasEnded, position == start { position = block.count }
            }
            if inputHasEnded {
                if position == block.count { return nil }
            } else {
                try fill()
            }
        }
    }

    private func chunk(_ rows: DecodedRows, _ start: Int, _ context: [UInt8]?) -> Chunk {
        var chunk = Chunk(rows: rows, raw: block, rawRange: start..<position, context: context)
        let end = blockOffset + Int64(position)
        switch place {
        case .passing: break
        case .leaving(let file):
            chunk.next = SourcePosition(part: file.part(before: end), offset: end, context: decoder.context)
            let begin = blockOffset + Int64(start)
            if let context {
                chunk.begin = SourcePosition(part: file.part(before: begin), offset: begin, context: context)
            }
        case .lasting:
            chunk.next = SourcePosition(offset: end, context: decoder.context)
            if let context {
                chunk.start = blockOffset + Int64(start)
                chunk.begin = SourcePosition(offset: blockOffset + Int64(start), context: context)
            }
        }
        return chunk
    }

    /// A fresh block: what was not decoded, and what one read gives.
    private mutating func fill() throws(ConnectorError) {
        let rest = block.count - position
        // A row longer than a block doubles it, so that its bytes are moved a few times only.
        let room = max(blockBytes, rest)
        var fresh = emptyBlock(rest + room)
        fresh.base.copyMemory(from: block.base + position, byteCount: rest)
        let count = try input.read(into: UnsafeMutableRawBufferPointer(start: fresh.base + rest, count: room))
        if count == 0 {
            inputHasEnded = true
            return
        }
        fresh.count = rest + count
        // A little that came through a pipe must not hold a large block.
        if fresh.count < fresh.capacity / 4 { fresh = SharedBytes(copying: fresh.bytes) }
        block = fresh
        blockOffset += Int64(position)
        position = 0
    }

    private mutating func emptyBlock(_ bytes: Int) -> SharedBytes {
        for index in spares.indices where spares[index].capacity >= bytes {
            guard isKnownUniquelyReferenced(&spares[index]) else { continue }
            spares[index].count = 0
            return spares[index]
        }
        let fresh = SharedBytes(capacity: bytes + blockBytes / 16)
        if spares.count < RowReader.sparesMax {
            spares.append(fresh)
        } else {
            spares[nextSpare] = fresh
            nextSpare = (nextSpare + 1) % RowReader.sparesMax
        }
        return fresh
    }
}

extension Chunk {
    /// Some of its rows, by their positions among the accepted ones, with the refused rows that come before them.
    ///
    /// The raw bytes cannot be cut: only their number is kept, as the share of these rows.
    func slice(_ range: Range<Int>) -> Chunk {
        if range == 0..<rows.count { return self }
        let slotStart = range.lowerBound == 0 ? 0 : slot(range.lowerBound - 1) + 1
        let slotEnd = range.upperBound == rows.count ? rows.slotCount : slot(range.upperBound - 1) + 1
        var own = DecodedRows(
            columns: rows.columns.map { $0.slice(range) }, count: range.count,
            rejected: rows.rejected.filter { $0.slot >= slotStart && $0.slot < slotEnd }.map { row in
                var row = row
                row.slot -= slotStart
                row.error.row -= slotStart
                return row
            },
            slots: rows.slots.map { $0[range].map { $0 - Int32(truncatingIfNeeded: slotStart) } },
            slotCount: slotEnd - slotStart)
        own.weights = rows.weights.map { Array($0[range]) }
        let bytes = rawRange.count * own.slotCount / max(rows.slotCount, 1)
        var slice = Chunk(rows: own, raw: nil, rawRange: 0..<bytes, next: next)
        if slotEnd < rows.slotCount, next != nil {
            // The source goes on within the chunk.
            slice.next = begin
            slice.next?.skipped += Int64(slotEnd)
        }
        return slice
    }

    /// What remains without the first rows, refused ones counted; nil: nothing.
    func dropping(slots count: Int) -> Chunk? {
        if count >= rows.slotCount { return nil }
        let first = (0..<rows.count).first { slot($0) >= count } ?? rows.count
        var rest = slice(first..<rows.count)
        // Refused rows between the last one taken and the next accepted one.
        let before = first == 0 ? 0 : slot(first - 1) + 1
        rest.rows.rejected.removeAll { $0.slot + before < count }
        rest.start = nil
        rest.context = nil
        rest.begin = begin
        rest.begin?.skipped += Int64(count)
        return rest
    }

    private func slot(_ row: Int) -> Int { rows.slots.map { Int($0[row]) } ?? row }
}
