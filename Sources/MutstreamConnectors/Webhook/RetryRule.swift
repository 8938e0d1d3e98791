/// When a request that failed is sent again.
struct RetryRule: Sendable {
    /// In nanoseconds: the wait before the second try, which doubles each time, and the most it becomes.
    static let (firstPause, longestPause): (Int64, Int64) = (100_000_000, 10_000_000_000)
    /// The longest wait that a server may ask for, in seconds.
    static let longestAsked = 300

    /// Tries after the first one.
    var retries: Int
    /// In 0..<1: keeps many clients from coming back all at once.
    var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// Nanoseconds to wait before try `number`, the first retry being 1: between half the doubled pause and all of it, but
    /// not less than the server asks for.
    ///
    /// - Parameter retryAfter: the header's value; a date in it is not understood and passed over.
    func pause(before number: Int, retryAfter: String?) -> Int64 {
        let doubled = RetryRule.firstPause << Int64(min(max(number - 1, 0), 20))
        let pause = Int64(Double(min(doubled, RetryRule.longestPause)) * (0.5 + jitter() / 2))
        guard let asked = retryAfter.flatMap({ Int($0) }), asked > 0 else { return pause }
        return max(pause, Int64(min(asked, RetryRule.longestAsked)) * 1_000_000_000)
    }

    /// Whether an answer may be another one next time.
    static func isTransient(_ status: Int) -> Bool { status == 408 || status == 429 || (500...599).contains(status) }
}
