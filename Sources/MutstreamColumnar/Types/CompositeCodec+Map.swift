/// Puts the entries of a map in the order of their keys; of equal keys the last entry stays.
///
/// ```swift
/// let map = MapBuilder()
/// if map.beginKey() { map.keyWriter.append(int64: 1) }
/// map.beginValue()
/// map.valueWriter.append(bool: true)
/// map.endEntry()
/// map.finish(to: writer)
/// ```
package final class MapBuilder {
    private struct Entry {
        var key: Range<Int>
        var value: Range<Int>
    }

    private let bytes = ByteWriter()
    private var entries: [Entry] = []
    private var keyStart = 0
    private var valueStart = 0
    /// Takes the key of an entry: one element, not NULL.
    package let keyWriter: CompositeWriter
    /// Takes the value of an entry: one element.
    package var valueWriter: CompositeWriter { keyWriter }

    package init() { keyWriter = CompositeWriter(bytes) }

    /// Begins an entry; false once there are too many bytes for one value.
    package func beginKey() -> Bool {
        keyStart = bytes.count
        return bytes.count < 1 << 30
    }

    package func beginValue() { valueStart = bytes.count }

    package func endEntry() { entries.append(Entry(key: keyStart..<valueStart, value: valueStart..<bytes.count)) }

    package func removeAll() {
        bytes.removeAll()
        entries.removeAll(keepingCapacity: true)
    }

    /// Writes the map with its end, and forgets the entries.
    package func finish(to writer: CompositeWriter) {
        let all = bytes.bytes
        func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: all[range]) }
        let order = entries.indices.sorted { lhs, rhs in
            let order = MapBuilder.order(slice(entries[lhs].key), slice(entries[rhs].key))
            return order == 0 ? lhs < rhs : order < 0
        }
        for (place, index) in order.enumerated() {
            let entry = entries[index]
            if place + 1 < order.count {
                let next = entries[order[place + 1]]
                if MapBuilder.order(slice(entry.key), slice(next.key)) == 0 { continue }
            }
            writer.append(encoded: slice(entry.key))
            writer.append(encoded: slice(entry.value))
        }
        writer.endArray()
        removeAll()
    }

    /// Binary order: negative, 0 or positive.
    private static func order(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        for (a, b) in zip(lhs, rhs) where a != b { return a < b ? -1 : 1 }
        return lhs.count - rhs.count
    }
}
