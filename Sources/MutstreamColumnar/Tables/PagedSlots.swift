/// Slots of one fixed size in pages, numbered from 0; freed numbers are given out again, the last freed first.
///
/// ```
/// pages: [ base ][ base ][ base ]          number = page << shift | slot in page
///           |
///           v
///        | slot 0 | slot 1 | ...  | slack |   a page never moves, so addresses stay good until the slot is freed
/// ```
///
/// A page carries the epoch of its last write, so that a checkpoint can tell which pages changed since it began.
/// The first four bytes of a free slot hold the next free number.
package final class PagedSlots {
    package static let pageBytes = 65_536

    @usableFromInline let stride: Int
    @usableFromInline let shift: Int32
    @usableFromInline let mask: Int32
    @usableFromInline let state: UnsafeMutablePointer<State>
    private var pageCapacity = 8
    package private(set) var pageCount = 0

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
    package func address(_ number: Int32) -> UnsafeMutableRawPointer {
        assert(number >= 0 && number < state.pointee.used, "slot number out of range")
        return state.pointee.pages[Int(number &>> shift)] + Int(number & mask) &* stride
    }

    /// The slot of a number in use, for writing: notes the epoch.
    @inlinable @inline(__always)
    package func writable(_ number: Int32) -> UnsafeMutableRawPointer {
        state.pointee.epochs[Int(number &>> shift)] = state.pointee.epoch
        return address(number)
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
        state.pointee.epochs[Int(number &>> shift)] = state.pointee.epoch
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
        state.pointee.pages[pageCount] = .allocate(
            byteCount: (stride << Int(shift)) + MixHash.slackBytes, alignment: 16)
        state.pointee.epochs[pageCount] = state.pointee.epoch
        pageCount += 1
        state.pointee.limit += mask + 1
    }

    // MARK: Checkpoints

    /// Begins an epoch: pages written from now on carry its number, which is returned.
    package func beginEpoch() -> UInt64 {
        state.pointee.epoch += 1
        return state.pointee.epoch
    }

    /// The epoch of the last write to a page.
    package func epoch(ofPage page: Int) -> UInt64 {
        precondition(page < pageCount, "page out of range")
        return state.pointee.epochs[page]
    }
}
