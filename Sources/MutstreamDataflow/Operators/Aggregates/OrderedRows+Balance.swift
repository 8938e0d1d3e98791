/// Putting nodes into the AVL trees and taking them out. The path of the last search leads to where that happens.
extension OrderedRows {
    @inline(__always)
    private func rootOffset(_ links: Int) -> Int { links == 0 ? 0 : 4 }

    /// Makes `link` what hangs at the end of the first `depth` nodes of the path.
    @inline(__always)
    private func hang(_ link: Int32, _ depth: Int, _ links: Int, _ roots: UnsafeMutableRawPointer) {
        if depth == 0 {
            roots.storeBytes(of: link, toByteOffset: rootOffset(links), as: Int32.self)
        } else {
            setChild(path[depth &- 1], sides[depth &- 1], links, link)
        }
    }

    func insert(_ link: Int32, _ depth: Int, _ links: Int, _ roots: UnsafeMutableRawPointer) {
        refresh(link, links)
        hang(link, depth, links, roots)
        rebalance(depth, links, roots, change: max(count(link), 0))
    }

    /// Takes the last node of the path out of its tree.
    func unlink(_ depth: Int, _ links: Int, _ roots: UnsafeMutableRawPointer, change: Int64) {
        let level = depth &- 1
        let link = path[level]
        let (left, right) = (child(link, 0, links), child(link, 1, links))
        if left == 0 || right == 0 {
            hang(left == 0 ? right : left, level, links, roots)
            return rebalance(level, links, roots, change: change)
        }
        // Its successor takes its place.
        sides[level] = 1
        var end = depth
        var successor = right
        path[end] = successor
        while child(successor, 0, links) != 0 {
            sides[end] = 0
            successor = child(successor, 0, links)
            end &+= 1
            path[end] = successor
        }
        if end > depth {
            setChild(path[end &- 1], 0, links, child(successor, 1, links))
            setChild(successor, 1, links, right)
        }
        setChild(successor, 0, links, left)
        node(successor).storeBytes(of: height(link, links), toByteOffset: links &+ 8, as: Int32.self)
        path[level] = successor
        hang(successor, level, links, roots)
        // Nodes below that place have lost the successor.
        rebalance(end, links, roots, change: change, certain: level)
    }

    /// Brings the first `depth` nodes of the path up to date, from the last to the root.
    ///
    /// Once the height of a subtree is what it was, nodes above only count `change` rows more: their other children
    /// need not be looked at.
    /// - Parameter certain: nodes of the path behind this one may have lost other rows as well.
    func rebalance(
        _ depth: Int, _ links: Int, _ roots: UnsafeMutableRawPointer, change: Int64, certain: Int = .max
    ) {
        var level = depth
        while level > 0 {
            level &-= 1
            let old = path[level]
            let oldHeight = height(old, links)
            let new = balanced(old, links)
            if new != old { hang(new, level, links, roots) }
            if height(new, links) == oldHeight, level <= certain, !tracksMaximum { break }
        }
        if links != 0 || change == 0 { return }
        while level > 0 {
            level &-= 1
            let at = node(path[level])
            at.storeBytes(
                of: at.load(fromByteOffset: OrderedRows.sumAt, as: Int64.self) &+ change, toByteOffset: OrderedRows.sumAt,
                as: Int64.self)
        }
    }

    @inline(__always)
    private func balanced(_ link: Int32, _ links: Int) -> Int32 {
        let (left, right) = (child(link, 0, links), child(link, 1, links))
        let lean = height(left, links) &- height(right, links)
        if lean > 1 { return rotate(link, left, heavy: 0, links) }
        if lean < -1 { return rotate(link, right, heavy: 1, links) }
        refresh(link, links)
        return link
    }

    private func rotate(_ link: Int32, _ heavyChild: Int32, heavy: Int, _ links: Int) -> Int32 {
        let light = 1 &- heavy
        var top = heavyChild
        let inner = child(top, light, links)
        if height(inner, links) > height(child(top, heavy, links), links) {
            setChild(top, light, links, child(inner, heavy, links))
            setChild(inner, heavy, links, top)
            refresh(top, links)
            top = inner
        }
        setChild(link, heavy, links, child(top, light, links))
        setChild(top, light, links, link)
        refresh(link, links)
        refresh(top, links)
        return top
    }
}
