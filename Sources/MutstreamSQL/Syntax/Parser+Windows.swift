/// Windows and their frames.
extension Parser {
    /// What follows OVER: a name or a specification.
    mutating func window() throws(SQLError) -> WindowSpecification {
        if isSymbol("(") { return try windowSpecification() }
        guard isName(current) else { throw unexpected(.thing("a window's name"), .symbol("(")) }
        let name = takeIdentifier()
        return WindowSpecification(base: name, range: name.range)
    }

    mutating func namedWindows() throws(SQLError) -> [NamedWindow] {
        var windows: [NamedWindow] = []
        repeat {
            let name = try identifier()
            try expect("as")
            windows.append(NamedWindow(name: name, specification: try windowSpecification()))
        } while accept(symbol: ",")
        return windows
    }

    private mutating func windowSpecification() throws(SQLError) -> WindowSpecification {
        let start = current.range
        var window = WindowSpecification(range: start)
        try open()
        if isName(current), !(current.kind == .word && ["partition", "rows", "range", "groups"].contains(current.text)),
            !isSessionFrame
        {
            window.base = takeIdentifier()
        }
        if try accept("partition", then: "by") { window.partitionBy = try expressionList() }
        if try accept("order", then: "by") { window.orderBy = try orderItems() }
        let units: [(String, WindowFrame.Unit)] = [("rows", .rows), ("range", .range), ("groups", .groups)]
        for (word, unit) in units where window.frame == nil && accept(word) { window.frame = try frame(unit) }
        if window.frame == nil, isSessionFrame { window.frame = try sessionFrame() }
        try close()
        window.range = range(from: start)
        return window
    }

    private var isSessionFrame: Bool { isWord("session") && isWord("with", ahead: 1) && isWord("gap", ahead: 2) }

    /// RisingWave's `SESSION WITH GAP length`.
    private mutating func sessionFrame() throws(SQLError) -> WindowFrame {
        let start = current.range
        for _ in 0..<3 { advance() }
        let gap = try expression()
        return WindowFrame(unit: .session, start: .preceding(gap), end: .unboundedFollowing, range: range(from: start))
    }

    private mutating func frame(_ unit: WindowFrame.Unit) throws(SQLError) -> WindowFrame {
        let start = tokens[position - 1].range
        var frame = WindowFrame(unit: unit, start: .currentRow, end: .currentRow, range: start)
        if accept("between") {
            frame.start = try frameBound()
            try expect("and")
            frame.end = try frameBound()
        } else {
            frame.start = try frameBound()
        }
        if accept("exclude") { frame.exclusion = try exclusion() }
        frame.range = range(from: start)
        return frame
    }

    private mutating func exclusion() throws(SQLError) -> WindowFrame.Exclusion {
        if try accept("current", then: "row") { return .currentRow }
        if accept("group") { return .group }
        if accept("ties") { return .ties }
        guard try accept("no", then: "others") else { throw unexpected() }
        return .noOthers
    }

    private mutating func frameBound() throws(SQLError) -> WindowFrame.Bound {
        if accept("unbounded") {
            if accept("preceding") { return .unboundedPreceding }
            try expect("following")
            return .unboundedFollowing
        }
        if try accept("current", then: "row") { return .currentRow }
        let distance = try expression()
        if accept("preceding") { return .preceding(distance) }
        try expect("following")
        return .following(distance)
    }
}
