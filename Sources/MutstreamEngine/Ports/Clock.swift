#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the engine gets its numbers for time: read once a step and handed to it.
package protocol Clock: Sendable {
    /// Microseconds since 1970.
    func now() -> Int64
    /// A clock that never goes back, in nanoseconds, for durations.
    func monotonic() -> Int64
}

/// The clock of the machine.
package struct SystemClock: Clock {
    package init() {}

    package func now() -> Int64 { SystemClock.read(CLOCK_REALTIME) / 1_000 }
    package func monotonic() -> Int64 { SystemClock.read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
