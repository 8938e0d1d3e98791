/// A batch of keys in stages, so that the cache misses of many rows overlap.
extension KeyTable {
    private static let blockRows = 128
    private static let unknown: Int32 = -2

    /// The group of each row's key; -1 where there is none or the row is rejected.
    package func find(_ keys: KeyEncoder, into groups: inout [Int32]) {
        prepare(&groups, keys)
        groups.withUnsafeMutableBufferPointer { find(keys, groups: $0) }
    }

    /// The group of each row's key, put in where new; -1 where the row is rejected.
    /// - Parameter newRows: the rows that brought a new key, in order.
    package func findOrInsert(_ keys: KeyEncoder, into groups: inout [Int32], newRows: inout [Int32]) {
        newRows.removeAll(keepingCapacity: true)
        prepare(&groups, keys)
        groups.withUnsafeMutableBufferPointer { groups in
            var start = 0
            while start < groups.count {
                let end = min(start + KeyTable.blockRows, groups.count)
                locate(keys, groups, start..<end)
                for row in start..<end where groups[row] == KeyTable.unknown {
                    let (group, isNew) = findOrInsert(keys.key(row))
                    groups[row] = group
                    if isNew { newRows.append(Int32(truncatingIfNeeded: row)) }
                }
                start = end
            }
        }
    }

    /// One number a row: 0, and -1 where the row is rejected.
    private func prepare(_ groups: inout [Int32], _ keys: KeyEncoder) {
        if groups.count > keys.count { groups.removeLast(groups.count - keys.count) }
        groups.reserveCapacity(keys.count)
        while groups.count < keys.count { groups.append(0) }
        groups.withUnsafeMutableBufferPointer { groups in
            groups.update(repeating: 0)
            for row in 0..<groups.count where keys.isRejected(row) { groups[row] = -1 }
        }
    }

    /// The groups of the rows' keys, put in where new.
    /// - Parameters:
    ///   - groups: one a row of the encoder; a row with a number below 0 has no key and stays as it is.
    ///   - newGroups: appended to, in the order of the rows that brought them.
    package func findOrInsert(
        _ keys: KeyEncoder, groups: UnsafeMutableBufferPointer<Int32>, newGroups: inout [Int32]
    ) {
        precondition(groups.count == keys.count, "one group a row")
        var start = 0
        while start < groups.count {
            let end = min(start + KeyTable.blockRows, groups.count)
            locate(keys, groups, start..<end)
            for row in start..<end where groups[row] == KeyTable.unknown {
                let (group, isNew) = findOrInsert(keys.key(row))
                groups[row] = group
                if isNew { newGroups.append(group) }
            }
            start = end
        }
    }

    /// The groups of the rows' keys, -1 where there is none.
    /// - Parameter groups: as above.
    package func find(_ keys: KeyEncoder, groups: UnsafeMutableBufferPointer<Int32>) {
        precondition(groups.count == keys.count, "one group a row")
        var start = 0
        while start < groups.count {
            let end = min(start + KeyTable.blockRows, groups.count)
            locate(keys, groups, start..<end)
            for row in start..<end where groups[row] == KeyTable.unknown { groups[row] = find(keys.key(row)) }
            start = end
        }
    }

    /// Finds the keys that are in the first slot where they may be; others become unknown.
    @inline(__always)
    private func locate(_ keys: KeyEncoder, _ groups: UnsafeMutableBufferPointer<Int32>, _ rows: Range<Int>) {
        for row in rows where groups[row] >= 0 {
            let hash = keys.key(row).hash
            let part = parts[Int(hash &>> 58)]
            groups[row] = KeyTable.unknown
            guard let slots = part.slots else { continue }
            let tag = UInt32(truncatingIfNeeded: hash)
            let slot = slots[Int(Int32(truncatingIfNeeded: tag) & part.mask)]
            if slot.tag == tag, slot.group >= 0 { groups[row] = slot.group }
        }
        for row in rows where groups[row] >= 0 {
            let key = keys.key(row)
            if !matches(groups[row], KeyTable.head(key), key) { groups[row] = KeyTable.unknown }
        }
    }
}
