/// Slots of one fixed size in pages, numbered from 0; freed numbers are given out again, the last freed first.
///
/// ```
/// pages: [ base ][ base ][ base ]          number = page << shift | slot in page
///           |
///           v
///        | slot 0 | slot 1 | ...  | slack |   a page never moves, so addresses stay good until the slot is freed
/// ```
///
/// A page carries the epoch of its last write. A checkpoint begins an epoch: the first write of it to a page copies the page
/// for the checkpoint (``PageImages``).
/// The first four bytes of a free slot hold the next free number.
package final class PagedSlots {
    package static let pageBytes = 65_536

    @usableFromInline let stride: Int
    @usableFromInline let shift: Int32
    @usableFromInline let mask: Int32
    @usableFromInline let state: UnsafeMutablePointer<State>
    private var pageCapacity = 8
    package private(set) var pageCount = 0
    /// What a checkpoint has yet to take.
    private weak var images: PageImages?

    /// What changes, behind a pointer: stored in the class, each read would pay for a check of exclusive access.
    @frozen @usableFromInline
    struct State {
        @usableFromInline var pages: UnsafeMutablePointer<UnsafeMutableRawPointer>
        @usableFromInline var epochs: UnsafeMutablePointer<UInt64>
        @usableFromInline var epoch: UInt64 = 0
        @usableFromInline var firstFree: Int32 = -1
        @usableFromInline var used: Int32 = 0
        @usableFromInline var limit: Int32 = 0
        @usableFromInline var count = 0
    }

    /// - Parameter stride: bytes a slot, a multiple of 8.
    package init(stride: Int) {
        precondition(stride >= 8 && stride % 8 == 0, "a slot is a multiple of 8 bytes")
        self.stride = stride
        var shift: Int32 = 0
        while shift < 12, stride << Int(shift + 1) <= PagedSlots.pageBytes { shift += 1 }
        self.shift = shift
        mask = (1 << shift) - 1
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(pages: .allocate(capacity: pageCapacity), epochs: .allocate(capacity: pageCapacity)))
    }

    deinit {
        images?.preserveAll()
        for page in 0..<pageCount { state.pointee.pages[page].deallocate() }
        state.pointee.pages.deallocate()
        state.pointee.epochs.deallocate()
        state.deallocate()
    }

    /// Slots in use.
    @inlinable package var count: Int { state.pointee.count }

    /// Numbers given out so far are below this.
    @inlinable package var numberLimit: Int { Int(state.pointee.used) }

    /// Bytes of memory held.
    package var bytes: Int { pageCount * ((stride << Int(shift)) + MixHash.slackBytes) + pageCapacity * 16 }

    /// The slot of a number in use, for reading.
    @inlinable @inline(__always)
    package func address(_ number: Int32) -> UnsafeRawPointer { UnsafeRawPointer(slot(number)) }

    @inlinable @inline(__always)
    func slot(_ number: Int32) -> UnsafeMutableRawPointer {
        assert(number >= 0 && number < state.pointee.used, "slot number out of range")
        return state.pointee.pages[Int(number &>> shift)] + Int(number & mask) &* stride
    }

    /// The slot of a number in use, for writing until the step ends.
    @inlinable @inline(__always)
    package func writable(_ number: Int32) -> UnsafeMutableRawPointer {
        let page = Int(number &>> shift)
        if state.pointee.epochs[page] != state.pointee.epoch { enterEpoch(page) }
        return slot(number)
    }

    /// The first write to a page since a checkpoint began.
    @usableFromInline @inline(never)
    func enterEpoch(_ page: Int) {
        images?.preserve(page)
        state.pointee.epochs[page] = state.pointee.epoch
    }

    @inlinable @inline(__always)
    package func allocate() -> Int32 {
        state.pointee.count &+= 1
        let free = state.pointee.firstFree
        if free >= 0 {
            state.pointee.firstFree = writable(free).load(as: Int32.self)
            return free
        }
        if state.pointee.used == state.pointee.limit { addPage() }
        let number = state.pointee.used
        state.pointee.used = number &+ 1
        return number
    }

    @inlinable @inline(__always)
    package func free(_ number: Int32) {
        writable(number).storeBytes(of: state.pointee.firstFree, as: Int32.self)
        state.pointee.firstFree = number
        state.pointee.count &-= 1
    }

    @usableFromInline @inline(never)
    func addPage() {
        precondition(state.pointee.limit <= Int32.max - (mask + 1), "a table holds at most 2^31 slots")
        if pageCount == pageCapacity {
            let (largerPages, largerEpochs) = (
                UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: pageCapacity * 2),
                UnsafeMutablePointer<UInt64>.allocate(capacity: pageCapacity * 2)
            )
            largerPages.update(from: state.pointee.pages, count: pageCount)
            largerEpochs.update(from: state.pointee.epochs, count: pageCount)
            state.pointee.pages.deallocate()
            state.pointee.epochs.deallocate()
            (state.pointee.pages, state.pointee.epochs) = (largerPages, largerEpochs)
            pageCapacity *= 2
        }
        let bytes = (stride << Int(shift)) + MixHash.slackBytes
        state.pointee.pages[pageCount] = .allocate(byteCount: bytes, alignment: 16)
        // A checkpoint writes whole pages: equal states are equal bytes.
        state.pointee.pages[pageCount].initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        state.pointee.epochs[pageCount] = state.pointee.epoch
        pageCount += 1
        state.pointee.limit += mask + 1
    }
}

// MARK: - State

extension PagedSlots {
    /// The slots with their numbers, free ones as well.
    package func code(_ coder: StateCoder) throws(StateDamage) {
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
            precondition(state.pointee.used == 0, "state is read into an operator that was just made")
            (state.pointee.firstFree, state.pointee.count) = (firstFree, Int(count))
        }
        var start: Int32 = 0
        while start < used {
            let slots = min(used - start, mask + 1)
            if !coder.isWriting {
                addPage()
                state.pointee.used = start + slots
            }
            try coder.code(slot(start), Int(slots) * stride)
            start += slots
        }
    }

    private func capture(_ coder: StateCoder) {
        let images = PageImages(
            state.pointee.pages, slots: Int(state.pointee.used), perPage: Int(mask) + 1, stride: stride, coder)
        self.images = images
        state.pointee.epoch += 1
    }
}

extension PagedSlots {
    /// The numbers in use, rising.
    package func numbersInUse() -> [Int32] {
        var isFree = [Bool](repeating: false, count: numberLimit)
        var free = state.pointee.firstFree
        // A list that leads in a circle is damaged: it ends where it began.
        while free >= 0, Int(free) < isFree.count, !isFree[Int(free)] {
            isFree[Int(free)] = true
            free = address(free).load(as: Int32.self)
        }
        return isFree.indices.compactMap { isFree[$0] ? nil : Int32(truncatingIfNeeded: $0) }
    }
}
