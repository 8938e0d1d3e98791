import MutstreamColumnar

/// Records of one fixed size in pages, numbered from 0; freed numbers are given out again, the last freed first.
///
/// ```
/// state -> | pages | shift | mask | first free | used | ... |       number = page << shift | slot in page
///              |
///              v
///          [ base ][ base ] ...      a page never moves; the first four bytes of a free slot hold the next free number
/// ```
///
/// All of its state lies behind one pointer, so that an access costs neither retain nor exclusivity check: the operators
/// make dozens a row. Numbers are given out as ``PagedSlots`` gives them.
struct RecordPages: ~Copyable {
    private struct State {
        var pages: UnsafeMutablePointer<UnsafeMutableRawPointer>
        var pageCount = 0
        var pageCapacity = 8
        var firstFree: Int32 = -1
        var used: Int32 = 0
        var limit: Int32 = 0
        var count = 0
        /// Of the last write to each page, and of now; as in ``PagedSlots``.
        var epochs: UnsafeMutablePointer<UInt64>
        var epoch: UInt64 = 0
        /// What a checkpoint has yet to take.
        weak var images: PageImages?
    }

    private let state: UnsafeMutablePointer<State>
    private let stride: Int
    private let shift: Int32
    private let mask: Int32

    init(stride: Int) {
        precondition(stride >= 8 && stride % 8 == 0, "a slot is a multiple of 8 bytes")
        self.stride = stride
        var shift: Int32 = 0
        while shift < 12, stride << Int(shift + 1) <= 65_536 { shift += 1 }
        self.shift = shift
        mask = (1 << shift) - 1
        state = .allocate(capacity: 1)
        state.initialize(to: State(pages: .allocate(capacity: 8), epochs: .allocate(capacity: 8)))
    }

    deinit {
        state.pointee.images?.preserveAll()
        for page in 0..<state.pointee.pageCount { state.pointee.pages[page].deallocate() }
        state.pointee.pages.deallocate()
        state.pointee.epochs.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Records in use.
    var count: Int { state.pointee.count }
    /// Numbers given out so far are below this.
    var numberLimit: Int { Int(state.pointee.used) }
    /// Bytes of memory held.
    var bytes: Int { state.pointee.pageCount * (stride << Int(shift)) + state.pointee.pageCapacity * 16 }

    @inline(__always)
    func address(_ number: Int32) -> UnsafeRawPointer { UnsafeRawPointer(record(number)) }

    @inline(__always)
    private func record(_ number: Int32) -> UnsafeMutableRawPointer {
        assert(number >= 0 && number < state.pointee.used, "record number out of range")
        return state.pointee.pages[Int(number &>> shift)] + Int(number & mask) &* stride
    }

    /// The record of a number, for writing until the step ends.
    @inline(__always)
    func writable(_ number: Int32) -> UnsafeMutableRawPointer {
        let page = Int(number &>> shift)
        if state.pointee.epochs[page] != state.pointee.epoch { enterEpoch(page) }
        return record(number)
    }

    /// The first write to a page since a checkpoint began.
    @inline(never)
    private func enterEpoch(_ page: Int) {
        state.pointee.images?.preserve(page)
        state.pointee.epochs[page] = state.pointee.epoch
    }

    /// The number of a record, whose bytes are unspecified.
    @inline(__always)
    func allocate() -> Int32 {
        state.pointee.count &+= 1
        let free = state.pointee.firstFree
        if free >= 0 {
            state.pointee.firstFree = address(free).load(as: Int32.self)
            return free
        }
        if state.pointee.used == state.pointee.limit { addPage() }
        let number = state.pointee.used
        state.pointee.used = number &+ 1
        return number
    }

    @inline(__always)
    func free(_ number: Int32) {
        writable(number).storeBytes(of: state.pointee.firstFree, as: Int32.self)
        state.pointee.firstFree = number
        state.pointee.count &-= 1
    }

    @inline(never)
    private func addPage() {
        precondition(state.pointee.limit <= Int32.max - (mask + 1), "at most 2^31 records")
        if state.pointee.pageCount == state.pointee.pageCapacity {
            let larger = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: state.pointee.pageCapacity * 2)
            larger.update(from: state.pointee.pages, count: state.pointee.pageCount)
            state.pointee.pages.deallocate()
            state.pointee.pages = larger
            let epochs = UnsafeMutablePointer<UInt64>.allocate(capacity: state.pointee.pageCapacity * 2)
            epochs.update(from: state.pointee.epochs, count: state.pointee.pageCount)
            state.pointee.epochs.deallocate()
            state.pointee.epochs = epochs
            state.pointee.pageCapacity *= 2
        }
        let page = UnsafeMutableRawPointer.allocate(byteCount: stride << Int(shift), alignment: 64)
        // A checkpoint writes whole pages: equal states are equal bytes.
        page.initializeMemory(as: UInt8.self, repeating: 0, count: stride << Int(shift))
        state.pointee.pages[state.pointee.pageCount] = page
        state.pointee.epochs[state.pointee.pageCount] = state.pointee.epoch
        state.pointee.pageCount += 1
        state.pointee.limit += mask + 1
    }
}

// MARK: - State

extension RecordPages {
    /// The slots with their numbers, free ones as well.
    func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.expect(stride, "bytes a slot")
        var (used, firstFree, count) = (state.pointee.used, state.pointee.firstFree, Int64(state.pointee.count))
        try coder.code(&used)
        try coder.code(&firstFree)
        try coder.code(&count)
        guard used >= 0, firstFree >= -1, firstFree < used, count >= 0, count <= Int64(used) else {
            throw coder.damage("the numbers of slots do not agree")
        }
        if coder.isCapturing { return capture(coder) }
        if !coder.isWriting {
            // Records that were there from the beginning are among those that were written.
            precondition(state.pointee.used <= used, "state is read into an operator that was just made")
            (state.pointee.firstFree, state.pointee.count) = (firstFree, Int(count))
        }
        var start: Int32 = 0
        while start < used {
            let slots = min(used - start, mask + 1)
            if !coder.isWriting {
                if state.pointee.limit <= start { addPage() }
                state.pointee.used = start + slots
            }
            try coder.code(record(start), Int(slots) * stride)
            start += slots
        }
    }

    private func capture(_ coder: StateCoder) {
        let images = PageImages(
            state.pointee.pages, slots: Int(state.pointee.used), perPage: Int(mask) + 1, stride: stride, coder)
        state.pointee.images = images
        state.pointee.epoch += 1
    }
}
