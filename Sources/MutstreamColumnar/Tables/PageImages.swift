/// The pages of a store as they were at one moment, while the store goes on being written.
///
/// ```
/// begin ───────┬──────────────┬────────────────┬──────────── end
///              │ page 7 is    │ page 7 is      │ page 2's turn comes: the copy that
///              │ written: it  │ written again: │ was made, or, never written, the
///              │ is copied    │ nothing        │ live page itself
/// ```
/// So what a checkpoint costs a step are the pages that the step writes for the first time since it began, and never the
/// size of the state. Pages do not move; a store that gives one back says so first.
package final class PageImages {
    private struct Page {
        /// Where it lives; nil: it was copied, or it was never there.
        var base: UnsafeRawPointer?
        var count: Int
        var copy: [UInt8]?
    }

    private var pages: [Page] = []

    init() {}

    /// The pages of slots of one size, as far as they are in use; each stands at its place in what the coder captures.
    package convenience init(
        _ bases: UnsafeMutablePointer<UnsafeMutableRawPointer>, slots: Int, perPage: Int, stride: Int, _ coder: StateCoder
    ) {
        self.init()
        for page in 0..<(slots + perPage - 1) / perPage {
            add(bases[page], min(slots - page * perPage, perPage) * stride)
            coder.capture(self, page)
        }
    }

    /// The next page of the store.
    /// - Parameter count: bytes of it that are in use.
    func add(_ base: UnsafeRawPointer, _ count: Int) { pages.append(Page(base: base, count: count)) }

    /// A page is about to be written, or given back.
    package func preserve(_ page: Int) {
        guard page < pages.count, let base = pages[page].base else { return }
        pages[page].copy = Array(UnsafeRawBufferPointer(start: base, count: pages[page].count))
        pages[page].base = nil
    }

    /// The store goes.
    package func preserveAll() { for page in pages.indices { preserve(page) } }

    /// Appends a page as it was; once for each page.
    fileprivate func take(_ page: Int, into bytes: inout [UInt8]) {
        if let base = pages[page].base {
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: pages[page].count))
        } else if let copy = pages[page].copy {
            bytes.append(contentsOf: copy)
        }
        pages[page] = Page(base: nil, count: 0, copy: nil)
    }
}

/// The bytes of a state at one moment, given out piece by piece while the state goes on; see ``StateCoder``.
package struct StateImage {
    enum Piece {
        case bytes([UInt8])
        case page(PageImages, Int)
    }

    /// In the order of the bytes; taken ones are behind ``next``.
    private let pieces: [Piece]
    private var next = 0

    init(_ pieces: [Piece]) { self.pieces = pieces }

    /// All has been given out.
    package var isAtEnd: Bool { next == pieces.count }

    /// The bytes that come next, about so many; none at the end.
    package mutating func take(_ count: Int) -> [UInt8] {
        if case .bytes(let bytes)? = isAtEnd ? nil : pieces[next], bytes.count >= count {
            next += 1
            return bytes
        }
        var result: [UInt8] = []
        result.reserveCapacity(count + PagedSlots.pageBytes)
        while !isAtEnd, result.count < count {
            switch pieces[next] {
            case .bytes(let bytes): result.append(contentsOf: bytes)
            case .page(let images, let page): images.take(page, into: &result)
            }
            next += 1
        }
        return result
    }
}
