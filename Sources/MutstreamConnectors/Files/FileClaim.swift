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
    enum Use: Sendable {
        case reading, writing
        /// Lines are put at the end, as several may do at a time.
        case appending
        /// The pipeline's own SQL.
        case keeping
    }

    private struct Identity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    private struct Users {
        var readers = 0
        var keepers = 0
        var appenders = 0
        var isWritten = false
        var isUnused: Bool { readers == 0 && keepers == 0 && appenders == 0 && !isWritten }
    }

    private static let users = Monitor<[Identity: Users]>([:])

    /// Nil: a pipe or a device, which any number may use.
    private let identity: Identity?
    private let use: Use

    /// - Parameters:
    ///   - name: what messages call the file.
    ///   - option: the one that names it.
    init(_ descriptor: Int32, _ use: Use, name: String, option: String = "path") throws(ConnectorError) {
        self.use = use
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            identity = nil
            return
        }
        let identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        let conflict = FileClaim.users.withLock { users -> String? in
            var own = users[identity] ?? Users()
            let isOutput = use == .writing || use == .appending
            if own.isWritten, use != .keeping { return "another sink writes it" }
            if own.appenders > 0, use == .writing || use == .reading { return "another sink writes it" }
            if isOutput, own.keepers > 0 { return "it is the pipeline itself" }
            if isOutput, own.readers > 0 { return "a source reads it" }
            switch use {
            case .reading: own.readers += 1
            case .keeping: own.keepers += 1
            case .appending: own.appenders += 1
            case .writing: own.isWritten = true
            }
            users[identity] = own
            return nil
        }
        if let conflict {
            self.identity = nil
            let what = use == .reading ? "a sink writes it" : conflict
            throw ConnectorError(
                "cannot \(use == .reading ? "read" : "write") \(name): \(what)", hint: "give each its own file",
                option: option)
        }
        self.identity = identity
        let lock: Int32? = use == .writing ? LOCK_EX : use == .appending ? LOCK_SH : nil
        if let lock, flock(descriptor, lock | LOCK_NB) != 0, errno == EWOULDBLOCK {
            throw ConnectorError(
                "cannot write \(name): another process writes it", hint: "give each its own file", option: option)
        }
    }

    deinit {
        guard let identity else { return }
        FileClaim.users.withLock { users in
            guard var own = users[identity] else { return }
            switch use {
            case .reading: own.readers -= 1
            case .keeping: own.keepers -= 1
            case .appending: own.appenders -= 1
            case .writing: own.isWritten = false
            }
            users[identity] = own.isUnused ? nil : own
        }
    }
}

/// The SQL files that this program was started with.
package enum OwnFiles {
    private static let claims = Monitor<[FileClaim]>([])

    /// From now on no sink of this program writes to the open file.
    package static func keep(_ descriptor: Int32) {
        guard let claim = try? FileClaim(descriptor, .keeping, name: "the pipeline") else { return }
        claims.withLock { $0.append(claim) }
    }
}
