import MutstreamColumnar

/// Things that are due at a time, the earliest on top; of equal times the one with the lesser serial.
///
/// - Complexity: O(log *n*) to add or take one.
struct TimerHeap {
    struct Timer {
        /// In microseconds.
        var time: Int64
        /// Tells apart what had the same number at different times.
        var serial: Int64
        var subject: Int32
        private var unused: Int32 = 0

        init(time: Int64, serial: Int64, subject: Int32) {
            self.time = time
            self.serial = serial
            self.subject = subject
        }

        @inline(__always)
        func isBefore(_ other: Timer) -> Bool { time != other.time ? time < other.time : serial < other.serial }
    }

    private var timers: [Timer] = []

    var first: Timer? { timers.first }
    var count: Int { timers.count }
    var bytes: Int { timers.capacity * MemoryLayout<Timer>.stride }

    mutating func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&timers, default: Timer(time: 0, serial: 0, subject: 0))
    }

    mutating func push(_ timer: Timer) {
        timers.append(timer)
        var child = timers.count - 1
        while child > 0, timers[child].isBefore(timers[(child - 1) / 2]) {
            timers.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// How much is due at a time, counted no further than `limit`.
    /// - Parameter size: how much a timer counts.
    func due(_ time: Int64, limit: Int, size: (Timer) -> Int) -> Int {
        var count = 0
        var places = [0]
        while count < limit, let place = places.popLast() {
            guard place < timers.count, timers[place].time <= time else { continue }
            count += size(timers[place])
            places.append(2 * place + 2)
            places.append(2 * place + 1)
        }
        return count
    }

    /// Takes out the first timer if its time has come.
    mutating func pop(due time: Int64) -> Timer? {
        guard let top = timers.first, top.time <= time else { return nil }
        let last = timers.removeLast()
        if timers.isEmpty { return top }
        timers[0] = last
        var parent = 0
        while true {
            var least = parent
            let child = 2 * parent + 1
            if child < timers.count, timers[child].isBefore(timers[least]) { least = child }
            if child + 1 < timers.count, timers[child + 1].isBefore(timers[least]) { least = child + 1 }
            if least == parent { return top }
            timers.swapAt(parent, least)
            parent = least
        }
    }
}
