import MutstreamColumnar

/// Which rows meet in time.
extension JoinSide {
    /// Which kept rows of the other side a row may meet, by their time.
    struct Window {
        var from = Int64.min
        var to = Int64.max
        /// Whether a partner may still come.
        var isKept = true

        @inline(__always)
        func holds(_ time: Int64) -> Bool { time >= from && time <= to }
    }

    /// The window of a row of the batch, which has a time.
    /// - Parameters:
    ///   - own: this side's watermark before the row; partners that only a late row would meet may have been freed.
    ///   - partners: the other side's.
    func window(_ row: Int, _ own: Int64, _ partners: Int64) -> Window {
        let time = time(row)
        var window = Window()
        if let lower = reach.lower { window.from = max(time, own.subtractingClamped(slack)).addingClamped(lower) }
        if let upper = reach.upper {
            window.to = time.addingClamped(upper)
            window.isKept = partners <= window.to.addingClamped(slack)
        }
        return window
    }
}
