import MutstreamColumnar

/// The header of rows that operators keep in chains.
///
/// ```
/// | next: 4 | previous: 4 | weight: 8 | group: 4 | next equal: 4 | order next: 4 | order previous: 4 | time: 8 |
/// 0         4             8           16         20              24              28                  32
/// ```
///
/// The chain links the rows of one key, in insertion order; the order links are those of a second list; the equal link
/// is that of ``RowIndex``.
enum RowHeader {
    static let bytes = 24
    static let timedBytes = 40
}

extension RowStore {
    @inline(__always) func next(_ row: Int32) -> Int32 { header(row).load(as: Int32.self) }
    @inline(__always) func previous(_ row: Int32) -> Int32 { header(row).load(fromByteOffset: 4, as: Int32.self) }
    @inline(__always) func weight(_ row: Int32) -> Int64 { header(row).load(fromByteOffset: 8, as: Int64.self) }
    @inline(__always) func group(_ row: Int32) -> Int32 { header(row).load(fromByteOffset: 16, as: Int32.self) }
    @inline(__always) func orderNext(_ row: Int32) -> Int32 { header(row).load(fromByteOffset: 24, as: Int32.self) }
    @inline(__always) func orderPrevious(_ row: Int32) -> Int32 { header(row).load(fromByteOffset: 28, as: Int32.self) }
    @inline(__always) func time(_ row: Int32) -> Int64 { header(row).load(fromByteOffset: 32, as: Int64.self) }

    @inline(__always) func setWeight(_ row: Int32, _ weight: Int64) {
        writableHeader(row).storeBytes(of: weight, toByteOffset: 8, as: Int64.self)
    }
    @inline(__always) func setTime(_ row: Int32, _ time: Int64) {
        writableHeader(row).storeBytes(of: time, toByteOffset: 32, as: Int64.self)
    }
    @inline(__always) func setOrder(_ row: Int32, next: Int32, previous: Int32) {
        let header = writableHeader(row)
        header.storeBytes(of: next, toByteOffset: 24, as: Int32.self)
        header.storeBytes(of: previous, toByteOffset: 28, as: Int32.self)
    }
    @inline(__always) func setOrderNext(_ row: Int32, _ next: Int32) {
        writableHeader(row).storeBytes(of: next, toByteOffset: 24, as: Int32.self)
    }
    @inline(__always) func setOrderPrevious(_ row: Int32, _ previous: Int32) {
        writableHeader(row).storeBytes(of: previous, toByteOffset: 28, as: Int32.self)
    }

    @inline(__always) func nextEqual(_ row: Int32) -> Int32 { header(row).load(fromByteOffset: 20, as: Int32.self) }
    @inline(__always) func setNextEqual(_ row: Int32, _ next: Int32) {
        writableHeader(row).storeBytes(of: next, toByteOffset: 20, as: Int32.self)
    }

    /// Puts a row at the end of the chain of a group, whose payload in `table` is the chain's head and tail.
    @inline(__always)
    func link(_ row: Int32, _ group: Int32, weight: Int64, in table: KeyTable) {
        link(row, group, weight: weight, ends: table.payload(group))
    }

    /// Puts a row at the end of a chain of which `ends` holds the head and the tail.
    @inline(__always)
    func link(_ row: Int32, _ group: Int32, weight: Int64, ends: UnsafeMutableRawPointer) {
        let tail = ends.load(fromByteOffset: 4, as: Int32.self)
        let header = writableHeader(row)
        header.storeBytes(of: -1, as: Int32.self)
        header.storeBytes(of: tail, toByteOffset: 4, as: Int32.self)
        header.storeBytes(of: weight, toByteOffset: 8, as: Int64.self)
        header.storeBytes(of: group, toByteOffset: 16, as: Int32.self)
        if tail < 0 {
            ends.storeBytes(of: row, as: Int32.self)
        } else {
            writableHeader(tail).storeBytes(of: row, as: Int32.self)
        }
        ends.storeBytes(of: row, toByteOffset: 4, as: Int32.self)
    }

    /// Takes a row out of its chain; a key without rows leaves the table.
    func unlink(_ row: Int32, in table: KeyTable) {
        let group = group(row)
        if next(row) < 0, previous(row) < 0 { return table.remove(group) }
        unlink(row, ends: table.payload(group))
    }

    /// Takes a row out of a chain of which `ends` holds the head and the tail; both are -1 when it was the only one.
    func unlink(_ row: Int32, ends: UnsafeMutableRawPointer) {
        let (next, previous) = (next(row), previous(row))
        if previous < 0 {
            ends.storeBytes(of: next, as: Int32.self)
        } else {
            writableHeader(previous).storeBytes(of: next, as: Int32.self)
        }
        if next < 0 {
            ends.storeBytes(of: previous, toByteOffset: 4, as: Int32.self)
        } else {
            writableHeader(next).storeBytes(of: previous, toByteOffset: 4, as: Int32.self)
        }
    }
}

extension KeyTable {
    /// The first row of a group's chain.
    @inline(__always)
    func head(_ group: Int32) -> Int32 { payload(group).load(as: Int32.self) }

    /// The group of a key, whose chain is empty where it is new.
    @inline(__always)
    func chain(_ key: KeyView) -> Int32 {
        let (group, isNew) = findOrInsert(key)
        if isNew { payload(group).storeBytes(of: -1, as: Int64.self) }
        return group
    }
}

extension Int64 {
    /// The sum, kept within the range of the type: bounds of times do not wrap.
    @inline(__always)
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    @inline(__always)
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
