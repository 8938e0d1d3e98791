import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A PostgreSQL server, spoken to by its simple query protocol. It must let the user in without a password.
///
/// Each instance works in a schema of its own, dropped at the end. What the files hold is run there as it stands: use a
/// server that has nothing to lose.
package final class PostgresEngine: LogicEngine {
    package struct Failure: Error {
        package var message: String
    }

    private let socket: Int32
    private var pending: [UInt8] = []
    private let schema: String
    private var isBroken = false

    /// - Parameter connection: `host=/run/postgresql port=5432 user=postgres dbname=postgres`; a host is a folder with the
    ///   server's socket, or 127.0.0.1.
    package init(_ connection: String) throws(Failure) {
        var settings: [String: String] = [:]
        for word in connection.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        let host = settings["host"] ?? "/run/postgresql"
        let port = UInt16(settings["port"] ?? "5432") ?? 5432
        let user = settings["user"] ?? "postgres"
        schema = "slt_\(getpid())"
        socket = try PostgresEngine.connect(host, port)
        var startup: [UInt8] = [0, 3, 0, 0]
        for (name, value) in [
            ("user", user), ("database", settings["dbname"] ?? user), ("client_min_messages", "error"),
            ("statement_timeout", "10000"), ("extra_float_digits", "1"),
        ] {
            startup += Array(name.utf8) + [0] + Array(value.utf8) + [0]
        }
        send(PostgresEngine.framed(startup + [0]))
        let greeting = readReply()
        if let message = greeting.failure { throw Failure(message: message) }
        for sql in ["DROP SCHEMA IF EXISTS \(schema) CASCADE", "CREATE SCHEMA \(schema)", "SET search_path TO \(schema)"] {
            if let message = ask(sql).failure { throw Failure(message: message) }
        }
    }

    deinit {
        _ = run("ROLLBACK")
        _ = run("DROP SCHEMA IF EXISTS \(schema) CASCADE")
        close(socket)
    }

    package func run(_ sql: String) -> Outcome {
        if isBroken { return .failed("the connection to PostgreSQL is gone") }
        let words = SQLWords(sql)
        // What RisingWave's files need and PostgreSQL has no use for.
        if words.leading(1) == ["flush"] { return .done }
        // A view there is always up to date, a materialized one is not.
        let isMaterialized = words.leading(3).dropFirst() == ["materialized", "view"]
        if isMaterialized, let verb = words.leading(1).first, verb == "create" || verb == "drop" {
            return run("\(verb) VIEW" + words.text(words.tokens[2].range.upperBound..<words.bytes.count))
        }
        if words.leading(1) == ["copy"] { return .failed("COPY is not run here") }
        // Settings of other systems change no answer.
        if words.leading(1) == ["set"], !words.names.contains("timezone") { return .done }
        var outcome = ask(sql)
        if case .rows(var table) = outcome {
            table.isOrdered = words.hasOrder
            outcome = .rows(table)
        }
        return outcome
    }

    private func ask(_ sql: String) -> Outcome {
        send([UInt8(ascii: "Q")] + PostgresEngine.framed(Array(sql.utf8.filter { $0 != 0 }) + [0]))
        return readReply()
    }

    // MARK: Messages

    private static func framed(_ body: [UInt8]) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: body.count + 4)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + body
    }

    /// All messages up to the server's being ready again.
    private func readReply() -> Outcome {
        var outcome = Outcome.done
        var types: [DataType?] = []
        var rows: [[String?]] = []
        var failure: String?
        while let (kind, body) = readMessage() {
            var reader = Reader(bytes: body)
            switch kind {
            case UInt8(ascii: "R"):
                if reader.int32() != 0 {
                    isBroken = true
                    return .failed("the server asks for a password; it must trust the connection")
                }
            case UInt8(ascii: "T"):
                types = []
                rows = []
                for _ in 0..<reader.int16() {
                    _ = reader.text()
                    reader.skip(6)
                    types.append(PostgresEngine.type(reader.int32()))
                    reader.skip(8)
                }
            case UInt8(ascii: "D"):
                var row: [String?] = []
                for _ in 0..<reader.int16() {
                    let length = reader.int32()
                    row.append(length < 0 ? nil : reader.text(length))
                }
                rows.append(row)
            case UInt8(ascii: "C"):
                let words = reader.text().split(separator: " ")
                if words.first == "SELECT" || !types.isEmpty {
                    outcome = .rows(ResultTable(types: types, rows: rows, isOrdered: false))
                    types = []
                } else if words.count > 1, let count = words.last.flatMap({ Int($0) }) {
                    outcome = .changed(count)
                } else {
                    outcome = .done
                }
            case UInt8(ascii: "E"):
                while let field = reader.byte(), field != 0 {
                    let text = reader.text()
                    if field == UInt8(ascii: "M"), failure == nil { failure = text }
                }
            case UInt8(ascii: "G"):
                send([UInt8(ascii: "f")] + PostgresEngine.framed(Array("no COPY".utf8) + [0]))
            case UInt8(ascii: "Z"): return failure.map { .failed($0) } ?? outcome
            default: break
            }
        }
        isBroken = true
        return .failed(failure ?? "the connection to PostgreSQL is gone")
    }

    private static func type(_ object: Int) -> DataType? {
        switch object {
        case 16: .boolean
        case 20: .bigint
        case 21, 23: .int
        case 25, 1042, 1043: .text
        case 700, 701: .double
        case 1082: .date
        case 1114: .timestamp
        case 1186: .interval
        default: nil
        }
    }

    private struct Reader {
        var bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func byte() -> UInt8? {
            guard position < bytes.count else { return nil }
            position += 1
            return bytes[position - 1]
        }
        mutating func int16() -> Int { Int(byte() ?? 0) << 8 | Int(byte() ?? 0) }
        mutating func int32() -> Int {
            let word = UInt32(truncatingIfNeeded: int16()) << 16 | UInt32(truncatingIfNeeded: int16())
            return Int(Int32(bitPattern: word))
        }
        mutating func skip(_ count: Int) { position = min(bytes.count, position + count) }
        mutating func text() -> String {
            let end = bytes[position...].firstIndex(of: 0) ?? bytes.count
            defer { position = min(bytes.count, end + 1) }
            return String(decoding: bytes[position..<end], as: UTF8.self)
        }
        mutating func text(_ count: Int) -> String {
            let end = min(bytes.count, position + count)
            defer { position = end }
            return String(decoding: bytes[position..<end], as: UTF8.self)
        }
    }

    private func readMessage() -> (UInt8, [UInt8])? {
        guard fill(5) else { return nil }
        let length = pending[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 4, length < 1 << 28, fill(length + 1) else { return nil }
        let body = Array(pending[5..<(length + 1)])
        let kind = pending[0]
        pending.removeFirst(length + 1)
        return (kind, body)
    }

    private func fill(_ count: Int) -> Bool {
        var block = [UInt8](repeating: 0, count: 65_536)
        while pending.count < count {
            let got = recv(socket, &block, block.count, 0)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return false }
            pending += block[..<got]
        }
        return true
    }

    private func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            #if canImport(Darwin)
                let flags: Int32 = 0
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            let sent = rest.withUnsafeBytes { system_send(socket, $0.baseAddress, $0.count, flags) }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else {
                isBroken = true
                return
            }
            rest = rest.dropFirst(sent)
        }
    }

    // MARK: Connecting

    private static func connect(_ host: String, _ port: UInt16) throws(Failure) -> Int32 {
        let isLocal = host.hasPrefix("/")
        let descriptor = system_socket(isLocal ? AF_UNIX : AF_INET)
        guard descriptor >= 0 else { throw Failure(message: "no socket: \(String(cString: strerror(errno)))") }
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let status: Int32
        if isLocal {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = Array("\(host)/.s.PGSQL.\(port)".utf8)
            guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
                throw Failure(message: "the path of the socket is too long")
            }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    system_connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = inet_addr(host == "localhost" ? "127.0.0.1" : host)
            status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    system_connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard status == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Failure(message: "cannot connect to PostgreSQL at \(host), port \(port): \(reason)")
        }
        return descriptor
    }
}

private func system_socket(_ family: Int32) -> Int32 {
    #if canImport(Darwin)
        socket(family, SOCK_STREAM, 0)
    #else
        socket(family, Int32(SOCK_STREAM.rawValue), 0)
    #endif
}

private func system_connect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    connect(descriptor, address, length)
}

private func system_send(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    send(descriptor, bytes, count, flags)
}
