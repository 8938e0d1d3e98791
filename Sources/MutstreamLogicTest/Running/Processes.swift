#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard output, written at once: what ran last is known whatever ends the process.
struct Output {
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = system_write(1, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}

private func system_write(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// A running child: what it gets is written at its start, what it writes is read as lines.
struct Child {
    let process: pid_t
    let output: Int32
    private var partial: [UInt8] = []

    /// Nil: it cannot be started.
    init?(_ program: String, _ arguments: [String], input: String) {
        var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toChild) == 0 else { return nil }
        guard pipe(&fromChild) == 0 else {
            toChild.forEach { close($0) }
            return nil
        }
        for descriptor in [toChild[1], fromChild[0]] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclose(&actions, toChild[0])
        posix_spawn_file_actions_addclose(&actions, fromChild[1])
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var process = pid_t()
        let status = posix_spawn(&process, program, &actions, nil, &words, environ)
        words.forEach { free($0) }
        posix_spawn_file_actions_destroy(&actions)
        close(toChild[0])
        close(fromChild[1])
        guard status == 0 else {
            close(toChild[1])
            close(fromChild[0])
            return nil
        }
        self.process = process
        output = fromChild[0]
        var text = input
        // A child that is gone before it reads shows as one that ended.
        signal(SIGPIPE, SIG_IGN)
        text.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = system_write(toChild[1], bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                sent += count
            }
        }
        close(toChild[1])
    }

    /// Lines that have come; nil: the child has closed its output. Blocks where nothing is there.
    mutating func lines() -> [Substring]? {
        var block = [UInt8](repeating: 0, count: 65_536)
        let count = read(output, &block, block.count)
        if count < 0, errno == EINTR { return [] }
        guard count > 0 else { return nil }
        partial += block[..<count]
        guard let end = partial.lastIndex(of: 0x0A) else { return [] }
        let text = String(decoding: partial[..<end], as: UTF8.self)
        partial.removeFirst(end + 1)
        return text.split(separator: "\n")
    }

    /// Waits for its end; what ended it, where that was no exit.
    func wait() -> String? {
        close(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7F
        if number != 0 { return "signal \(number)" }
        let code = (status >> 8) & 0xFF
        return code == 0 ? nil : "exit code \(code)"
    }

    func end() { kill(process, SIGKILL) }

    /// Which of the descriptors can be read now or within the time.
    static func readable(_ descriptors: [Int32], milliseconds: Int32) -> Set<Int32> {
        var waiting = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return [] }
        return Set(waiting.filter { $0.revents != 0 }.map(\.fd))
    }

    /// Seconds of a clock that only runs forward.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
