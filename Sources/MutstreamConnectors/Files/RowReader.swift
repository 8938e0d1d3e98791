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

    /// - Parameter blockBytes: how much is read at once.
    init(_ input: any ByteInput, decoder: any RowDecoder, blockBytes: Int = RowReader.blockBytes) {
        self.input = input
        self.decoder = decoder
        self.blockBytes = blockBytes
    }

    /// The next rows, at most `rowsMax` accepted ones; nil at the end.
    ///
    /// All rows before an error have been given out when it is thrown.
    mutating func next(rowsMax: Int = RowReader.chunkRowsMax) throws(ConnectorError) -> Chunk? {
        while true {
            if position < block.count {
                let start = position
                position += decoder.decode(block, start..<block.count, isFinal: inputHasEnded, maxRows: rowsMax)
                let rows = decoder.take()
                if rows.slotCount > 0 { return Chunk(rows: rows, raw: block, rawRange: start..<position) }
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
        return Chunk(rows: own, raw: nil, rawRange: 0..<bytes)
    }

    private func slot(_ row: Int) -> Int { rows.slots.map { Int($0[row]) } ?? row }
}
