/// Byte strings of any length, by 32-bit reference. Freed blocks are reused by strings of the same size class.
///
/// ```
/// reference = page << 12 | unit          a unit is 16 bytes, a page 4096 units (64 KiB)
/// classes   = 1 2 3 4 6 8 12 16 24 32 … 2048 units; a longer string has a page of its own size
/// ```
///
/// The owner keeps the length of each string: the heap stores none. Strings have slack behind them (``MixHash``).
package final class ByteHeap {
    private static let pageUnits = 4096
    private static let smallUnitsMax = 2048
    private static let classCount = 22
    private static let none = UInt32.max

    private struct Page {
        var base: UnsafeMutableRawPointer?
        var bytes: Int
        /// The epoch of the last write.
        var epoch: UInt64
    }

    private var pages: UnsafeMutablePointer<Page>
    private var pageCount = 0
    private var pageCapacity = 8
    private var freePages: [Int] = []
    /// The first free block of each class; a free block starts with the reference of the next.
    private let firstFree: UnsafeMutablePointer<UInt32>
    private var currentPage = 0
    private var nextUnit = ByteHeap.pageUnits
    private var epoch: UInt64 = 0
    /// What a checkpoint has yet to take.
    private weak var images: PageImages?
    /// Bytes of memory held.
    package private(set) var bytes = 0

    package init() {
        pages = .allocate(capacity: pageCapacity)
        firstFree = .allocate(capacity: ByteHeap.classCount)
        firstFree.initialize(repeating: ByteHeap.none, count: ByteHeap.classCount)
    }

    deinit {
        images?.preserveAll()
        for page in 0..<pageCount { pages[page].base?.deallocate() }
        pages.deallocate()
        firstFree.deallocate()
    }

    /// The size class of a count of units from 1 to 2048.
    private static func sizeClass(units: Int) -> Int {
        let n = units &- 1
        if n < 2 { return n }
        let exponent = 63 &- n.leadingZeroBitCount
        return 2 &* exponent &+ (n &>> (exponent &- 1)) & 1
    }

    /// The units of a class's blocks.
    private static func units(ofClass index: Int) -> Int {
        if index < 2 { return index + 1 }
        let exponent = index / 2
        return index % 2 == 0 ? 3 << (exponent - 1) : 2 << exponent
    }

    /// The bytes at a reference, valid until they are freed.
    package func address(_ reference: UInt32) -> UnsafeRawPointer { UnsafeRawPointer(block(reference)) }

    private func block(_ reference: UInt32) -> UnsafeMutableRawPointer {
        pages[Int(reference &>> 12)].base.unsafelyUnwrapped + Int(reference & 0xFFF) &* 16
    }

    /// The same, for writing until the step ends.
    package func writable(_ reference: UInt32) -> UnsafeMutableRawPointer {
        let page = Int(reference &>> 12)
        if pages[page].epoch != epoch {
            images?.preserve(page)
            pages[page].epoch = epoch
        }
        return block(reference)
    }

    /// Keeps a copy of `count` bytes.
    package func insert(_ source: UnsafeRawPointer, _ count: Int) -> UInt32 {
        let units = max((count + 15) / 16, 1)
        let reference = units <= ByteHeap.smallUnitsMax ? allocate(units: units) : allocatePage(bytes: units * 16)
        writable(reference).copyMemory(from: source, byteCount: count)
        return reference
    }

    /// Gives up a string of `count` bytes.
    package func free(_ reference: UInt32, _ count: Int) {
        let units = max((count + 15) / 16, 1)
        if units <= ByteHeap.smallUnitsMax { return push(reference, class: ByteHeap.sizeClass(units: units)) }
        let page = Int(reference >> 12)
        images?.preserve(page)
        pages[page].base?.deallocate()
        pages[page].base = nil
        bytes -= pages[page].bytes
        freePages.append(page)
    }

    private func push(_ reference: UInt32, class index: Int) {
        writable(reference).storeBytes(of: firstFree[index], as: UInt32.self)
        firstFree[index] = reference
    }

    private func allocate(units: Int) -> UInt32 {
        let index = ByteHeap.sizeClass(units: units)
        let free = firstFree[index]
        if free != ByteHeap.none {
            firstFree[index] = address(free).load(as: UInt32.self)
            return free
        }
        let size = ByteHeap.units(ofClass: index)
        if ByteHeap.pageUnits - nextUnit < size { beginPage() }
        let reference = UInt32(truncatingIfNeeded: currentPage << 12 | nextUnit)
        nextUnit += size
        return reference
    }

    /// Cuts what is left of the page into free blocks and starts another.
    private func beginPage() {
        var index = ByteHeap.classCount - 1
        while nextUnit < ByteHeap.pageUnits {
            let size = ByteHeap.units(ofClass: index)
            if size > ByteHeap.pageUnits - nextUnit {
                index -= 1
                continue
            }
            push(UInt32(truncatingIfNeeded: currentPage << 12 | nextUnit), class: index)
            nextUnit += size
        }
        currentPage = Int(allocatePage(bytes: ByteHeap.pageUnits * 16) >> 12)
        nextUnit = 0
    }

    private func allocatePage(bytes count: Int) -> UInt32 {
        let base = UnsafeMutableRawPointer.allocate(byteCount: count + MixHash.slackBytes, alignment: 16)
        // A checkpoint writes whole pages: equal states are equal bytes.
        base.initializeMemory(as: UInt8.self, repeating: 0, count: count + MixHash.slackBytes)
        bytes += count + MixHash.slackBytes
        let page: Int
        if let free = freePages.popLast() {
            page = free
        } else {
            if pageCount == pageCapacity {
                let larger = UnsafeMutablePointer<Page>.allocate(capacity: pageCapacity * 2)
                larger.update(from: pages, count: pageCount)
                pages.deallocate()
                pages = larger
                pageCapacity *= 2
            }
            page = pageCount
            pageCount += 1
            precondition(pageCount < 1 << 20, "a heap holds at most 64 GiB")
        }
        pages[page] = Page(base: base, bytes: count + MixHash.slackBytes, epoch: epoch)
        return UInt32(truncatingIfNeeded: page << 12)
    }
}

// MARK: - State

extension ByteHeap {
    /// The pages with all references into them.
    package func code(_ coder: StateCoder) throws(StateDamage) {
        var number = pageCount
        try coder.code(count: &number, bytesEach: 8)
        if !coder.isWriting { precondition(pageCount == 0, "state is read into an operator that was just made") }
        let images = coder.isCapturing ? PageImages() : nil
        for page in 0..<number {
            var size = coder.isWriting && pages[page].base != nil ? pages[page].bytes - MixHash.slackBytes : 0
            try coder.code(count: &size, bytesEach: 1)
            if !coder.isWriting { addPage(bytes: size) }
            guard let base = pages[page].base else {
                images?.add(UnsafeRawPointer(firstFree), 0)
                continue
            }
            if let images {
                images.add(base, size)
                coder.capture(images, page)
            } else {
                try coder.code(base, size)
            }
        }
        if images != nil {
            self.images = images
            epoch += 1
        }
        try coder.code(&freePages, default: 0)
        try coder.code(UnsafeMutableRawPointer(firstFree), ByteHeap.classCount * 4)
        try coder.code(&currentPage)
        try coder.code(&nextUnit)
        let isSound =
            freePages.allSatisfy { (0..<number).contains($0) && pages[$0].base == nil }
            && (0...ByteHeap.pageUnits).contains(nextUnit) && (0..<max(number, 1)).contains(currentPage)
        guard isSound else { throw coder.damage("the pages of a heap do not agree") }
    }

    /// A page as it was; no bytes: one that was given back.
    private func addPage(bytes size: Int) {
        _ = allocatePage(bytes: size)
        guard size == 0 else { return }
        pages[pageCount - 1].base?.deallocate()
        pages[pageCount - 1].base = nil
        bytes -= pages[pageCount - 1].bytes
    }
}
