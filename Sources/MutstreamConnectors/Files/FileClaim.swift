import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// That a plain file is being read or written by this program, as long as the claim lives: a sink may not empty what a
/// source reads, nor write into what another sink writes. Sinks of other processes are kept out by a lock on the file, which
/// goes with its descriptor.
final class FileClaim: Sendable {
    enum Use: Sendable { case reading, writing }

    private struct Identity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    private struct Users {
        var readers = 0
        var isWritten = false
    }

    private static let users = Monitor<[Identity: Users]>([:])

    /// Nil: a pipe or a device, which any number may use.
    private let identity: Identity?
    private let use: Use

    /// - Parameter name: what messages call the file.
    init(_ descriptor: Int32, _ use: Use, name: String) throws(ConnectorError) {
        self.use = use
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            identity = nil
            return
        }
        let identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        let conflict = FileClaim.users.withLock { users -> String? in
            var own = users[identity] ?? Users()
            if own.isWritten { return "another sink writes it" }
            if use == .writing, own.readers > 0 { return "a source reads it" }
            if use == .reading { own.readers += 1 } else { own.isWritten = true }
            users[identity] = own
            return nil
        }
        if let conflict {
            self.identity = nil
            let what = use == .reading ? "a sink writes it" : conflict
            throw ConnectorError(
                "cannot \(use == .reading ? "read" : "write") \(name): \(what)", hint: "give each its own file",
                option: "path")
        }
        self.identity = identity
        if use == .writing, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            throw ConnectorError(
                "cannot write \(name): another process writes it", hint: "give each its own file", option: "path")
        }
    }

    deinit {
        guard let identity else { return }
        FileClaim.users.withLock { users in
            guard var own = users[identity] else { return }
            if use == .reading { own.readers -= 1 } else { own.isWritten = false }
            users[identity] = own.readers > 0 || own.isWritten ? own : nil
        }
    }
}
