import MutstreamColumnar

/// Groups by the time at which their window closes.
///
/// ```
/// ends, a binary heap:  12:01  12:02  12:05 ...
///                         |
///                 bucket: head -> group -> group -> tail      in the order of arrival; the links lie in the records
/// ```
///
/// - Complexity: O(1) a group, O(log *n*) for each of *n* different ends.
struct CloseBuckets {
    struct Bucket {
        var head: Int32
        var tail: Int32
    }

    /// A heap: none is less than its parent.
    private var ends: [Int64] = []
    /// Only looked up, never walked.
    private var numbers: [Int64: Int32] = [:]
    private var buckets: [Bucket] = []
    private var free: [Int32] = []

    /// The first end, `Int64.max` where there is none.
    private(set) var first: Int64 = .max
    var isEmpty: Bool { ends.isEmpty }
    var count: Int { ends.count }

    /// Adds a group to the bucket of its end; returns the group to link it behind, -1 for the first.
    mutating func add(_ group: Int32, end: Int64) -> Int32 {
        if let number = numbers[end] {
            let last = buckets[Int(number)].tail
            buckets[Int(number)].tail = group
            return last
        }
        let bucket = Bucket(head: group, tail: group)
        if let number = free.popLast() {
            buckets[Int(number)] = bucket
            numbers[end] = number
        } else {
            numbers[end] = Int32(truncatingIfNeeded: buckets.count)
            buckets.append(bucket)
        }
        ends.append(end)
        var child = ends.count - 1
        while child > 0, ends[(child - 1) / 2] > ends[child] {
            ends.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
        first = ends[0]
        return -1
    }

    /// The first group of the bucket with the least end, if that is due at `watermark`.
    func firstDue(_ watermark: Int64) -> Int32? {
        guard let end = ends.first, end <= watermark, let number = numbers[end] else { return nil }
        return buckets[Int(number)].head
    }

    /// Takes groups out of the bucket with the least end, so that it begins with `group`; -1: none is left, it goes as well.
    mutating func leave(_ group: Int32) {
        guard let end = ends.first, let number = numbers[end] else { return }
        if group >= 0 {
            buckets[Int(number)].head = group
            return
        }
        numbers[end] = nil
        free.append(number)
        let last = ends.removeLast()
        if !ends.isEmpty {
            ends[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < ends.count && ends[child] < ends[least] {
                    least = child
                }
                if least == parent { break }
                ends.swapAt(parent, least)
                parent = least
            }
        }
        first = ends.first ?? .max
    }

    /// Takes out the bucket with the least end, if that is due at `watermark`; returns its first group.
    mutating func popDue(_ watermark: Int64) -> Int32? {
        guard let group = firstDue(watermark) else { return nil }
        leave(-1)
        return group
    }

    /// How many groups are due at `watermark`, counted no further than `limit`.
    /// - Parameter next: the group behind one in its bucket, -1 for none.
    func due(_ watermark: Int64, limit: Int, next: (Int32) -> Int32) -> Int {
        var count = 0
        var places = [0]
        while count < limit, let place = places.popLast() {
            guard place < ends.count, ends[place] <= watermark, let number = numbers[ends[place]] else { continue }
            places.append(2 * place + 2)
            places.append(2 * place + 1)
            var group = buckets[Int(number)].head
            while group >= 0, count < limit {
                count += 1
                group = next(group)
            }
        }
        return count
    }
}

// MARK: - State

extension CloseBuckets {
    mutating func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&ends, default: 0)
        var numbered = ends.map { numbers[$0] ?? -1 }
        try coder.code(&numbered, default: 0)
        try coder.code(&buckets, default: Bucket(head: -1, tail: -1))
        try coder.code(&free, default: 0)
        guard numbered.count == ends.count, numbered.allSatisfy({ buckets.indices.contains(Int($0)) }),
            free.allSatisfy({ buckets.indices.contains(Int($0)) })
        else { throw coder.damage("the windows that are open do not agree") }
        if coder.isWriting { return }
        numbers = [:]
        for (end, number) in zip(ends, numbered) { numbers[end] = number }
        first = ends.first ?? .max
    }
}
