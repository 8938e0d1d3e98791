#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few calls of the operating system that connectors make, with the loops that interrupted calls need.
package enum System {
    static let standardInput: Int32 = 0
    static let standardOutput: Int32 = 1

    /// Bytes read, 0 at the end, or nil and `errno`.
    static func read(_ descriptor: Int32, into target: UnsafeMutableRawBufferPointer) -> Int? {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, target.baseAddress, target.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, target.baseAddress, target.count)
            #else
                let count = Darwin.read(descriptor, target.baseAddress, target.count)
            #endif
            if count >= 0 { return count }
            if errno != EINTR { return nil }
        }
    }

    /// Writes all bytes, or returns `errno`.
    ///
    /// - Parameter offset: in the file; nil: where the descriptor stands.
    package static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) -> Int32? {
        var rest = bytes
        var offset = offset
        while !rest.isEmpty {
            let count: Int
            if let start = offset {
                count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(start))
                offset = start + max(count, 0)
            } else {
                #if canImport(Glibc)
                    count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                    count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
            }
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                // A terminal or pipe that someone set to non-blocking: wait until it takes more.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, 1_000)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    /// Waits until there is something to read, or the end; false: `wakeup` can be read instead.
    static func waitReadable(_ descriptor: Int32, unless wakeup: Int32) -> Bool {
        var waiting = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&waiting, 2, -1)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return true
            }
            if waiting[1].revents != 0 { return false }
            if waiting[0].revents != 0 { return true }
        }
    }

    /// What was written survives a loss of power; else `errno`.
    static func sync(_ descriptor: Int32) -> Int32? {
        #if canImport(Darwin)
            return fcntl(descriptor, F_FULLFSYNC) == 0 ? nil : errno
        #else
            return fdatasync(descriptor) == 0 || errno == EINVAL ? nil : errno
        #endif
    }

    /// The names in a folder survive a loss of power from here on.
    static func sync(folder path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return errno }
        defer { close(descriptor) }
        return sync(descriptor)
    }

    static func close(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
    }

    /// A pipe: the end to read from, then the end to write to; nil and `errno` if the system gives none.
    static func makePipe() -> (read: Int32, write: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// What the system says of an error, begun with a small letter.
    static func message(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
