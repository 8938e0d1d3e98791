import MutstreamColumnar

/// A gzip stream that is in memory as a whole, decompressed up to a limit.
package enum GzipBody {
    package enum Outcome {
        case bytes(SharedBytes)
        /// It holds more than the limit.
        case tooLarge
        /// It is damaged or cut off: why.
        case broken(String)
    }

    private static let blockBytes = 65_536

    /// - Parameter limit: of the decompressed bytes; memory stays below it and a block, whatever the stream says.
    package static func decompress(_ compressed: UnsafeRawBufferPointer, limit: Int) -> Outcome {
        let input = GzipInput(Bytes(compressed), name: "the body", inputBytes: blockBytes)
        // Most texts are compressed to a fifth or less; a larger one doubles the room.
        var room = min(limit, max(compressed.count, 128) * 6)
        var result = SharedBytes(capacity: room)
        do throws(ConnectorError) {
            while true {
                if result.count == room {
                    var byte: UInt8 = 0
                    let more = try withUnsafeMutableBytes(of: &byte) { one throws(ConnectorError) in
                        try input.read(into: one)
                    }
                    if more == 0 { return .bytes(result) }
                    if result.count >= limit { return .tooLarge }
                    room = min(limit, room * 2)
                    let larger = SharedBytes(capacity: room)
                    larger.base.copyMemory(from: result.base, byteCount: result.count)
                    larger.base.storeBytes(of: byte, toByteOffset: result.count, as: UInt8.self)
                    larger.count = result.count + 1
                    result = larger
                    continue
                }
                let rest = UnsafeMutableRawBufferPointer(start: result.base + result.count, count: room - result.count)
                let count = try input.read(into: rest)
                // Little that was foreseen as much must not hold the room for it.
                if count == 0 { return .bytes(result.count < room / 2 ? SharedBytes(copying: result.bytes) : result) }
                result.count += count
            }
        } catch {
            return .broken(error.message)
        }
    }

    /// Bytes that outlive the reading.
    private final class Bytes: ByteInput {
        private var rest: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

        func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
            let count = min(rest.count, target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            return count
        }
    }
}
