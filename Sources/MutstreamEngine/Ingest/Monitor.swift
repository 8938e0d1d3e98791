#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A mutex with a condition: the one place where threads wait for each other.
///
/// `@unchecked Sendable`: the state is touched only while the mutex is held.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the state; wakes no one.
    package func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Changes the state and wakes all who wait.
    package func signal<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_mutex_unlock(mutex)
            pthread_cond_broadcast(condition)
        }
        return body(&state)
    }

    /// Waits until `ready` gives a value; nil after `microseconds` (nil: no limit).
    package func wait<Result>(microseconds: Int64? = nil, _ ready: (inout State) -> Result?) -> Result? {
        var deadline = timespec()
        if let microseconds {
            clock_gettime(CLOCK_REALTIME, &deadline)
            let nanoseconds = Int64(deadline.tv_nsec) + (microseconds % 1_000_000) * 1_000
            deadline.tv_sec += Int(microseconds / 1_000_000 + nanoseconds / 1_000_000_000)
            deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = ready(&state) { return result }
            if microseconds == nil {
                pthread_cond_wait(condition, mutex)
            } else if pthread_cond_timedwait(condition, mutex, &deadline) != 0 {
                return ready(&state)
            }
        }
    }
}

/// A thread with a name, started at once; ``join()`` waits for its end.
package final class EngineThread: @unchecked Sendable {
    private let done = Monitor(false)

    /// - Parameter stackBytes: deep expression trees are walked on it.
    package init(name: String, stackBytes: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) {
        let job = Unmanaged.passRetained(ThreadJob(name: name, done: done, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = pthread_create(
            &thread, &attributes,
            { pointer in
                #if canImport(Darwin)
                    let job = Unmanaged<ThreadJob>.fromOpaque(pointer).takeRetainedValue()
                #else
                    let job = Unmanaged<ThreadJob>.fromOpaque(pointer.unsafelyUnwrapped).takeRetainedValue()
                #endif
                job.body()
                job.done.signal { $0 = true }
                return nil
            }, job.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(code == 0, "the system gives no thread")
        #if canImport(Darwin)
            if let thread { pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }

    package func join() { _ = done.wait { $0 ? true : nil } }
}

private final class ThreadJob: Sendable {
    let name: String
    let done: Monitor<Bool>
    let body: @Sendable () -> Void

    init(name: String, done: Monitor<Bool>, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.done = done
        self.body = body
    }
}
