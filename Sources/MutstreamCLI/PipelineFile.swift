import ArgumentParser
import MutstreamConnectors
import MutstreamEngine
import MutstreamSQL
import MutstreamServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The SQL file of a command, read and with its variables filled in.
struct PipelineFile: ParsableArguments {
    @Argument(help: "The SQL file.", completion: .file(extensions: ["sql"]))
    var file: String

    @ArgumentParser.Option(
        name: .customLong("set"), help: ArgumentHelp("Fill ${name} in the SQL; repeatable.", valueName: "name=value"))
    var variables: [String] = []

    /// Relative paths in the SQL start in its folder.
    var directory: String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// The text, or the end of the program with a message.
    func read() throws -> SourceText {
        guard let handle = fopen(file, "r") else {
            Terminal.error("cannot read \"\(file)\": \(String(cString: strerror(errno)))", hint: nil)
            throw ExitCode(1)
        }
        defer { fclose(handle) }
        OwnFiles.keep(fileno(handle))
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&block, 1, block.count, handle)
            if count == 0 { break }
            bytes.append(contentsOf: block[..<count])
            // The parser has a limit of its own; nothing larger is worth reading.
            if bytes.count > 16 << 20 { break }
        }
        if ferror(handle) != 0 {
            Terminal.error("cannot read \"\(file)\": \(String(cString: strerror(errno)))", hint: nil)
            throw ExitCode(1)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            // The parser knows how to say where the bytes are not UTF-8.
            do throws(SQLError) { _ = try Parser.parse(utf8: bytes) } catch {
                Terminal.report(error, SourceText(name: file, bytes: bytes), json: false)
            }
            throw ExitCode(2)
        }
        var values: [String: String] = [:]
        for variable in variables {
            guard let equals = variable.firstIndex(of: "="), equals != variable.startIndex else {
                throw ValidationError("--set takes name=value, found \"\(variable)\"")
            }
            values[String(variable[..<equals])] = String(variable[variable.index(after: equals)...])
        }
        do throws(SQLError) {
            return SourceText(name: file, text: try Variables.fill(text, values))
        } catch {
            Terminal.report(error, SourceText(name: file, text: text), json: false)
            throw ExitCode(2)
        }
    }
}

/// `${name}` in the SQL, filled from `--set` or else the environment.
enum Variables {
    static func fill(_ text: String, _ values: [String: String]) throws(SQLError) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "{"),
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
            else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let inside = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
            // ${name:-default} as in a shell.
            let parts = inside.split(separator: ":-", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let fallback = parts.count > 1 ? String(parts[1]) : nil
            guard let value = values[name] ?? getenv(name).map({ String(cString: $0) }) ?? fallback else {
                throw SQLError(
                    "no value for ${\(name)}", at: SourceRange(index, end + 1),
                    hint: suggestion(for: name, among: values.keys.sorted()).map { "did you mean ${\($0)}?" }
                        ?? "pass --set \(name)=VALUE or set the environment variable \(name)")
            }
            result.append(contentsOf: value.utf8)
            index = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// All connectors this program has, and the server behind the HTTP ones.
struct Outside {
    var registry = ConnectorRegistry()
    let server: HTTPServer

    /// - Parameter listen: `host:port`, a port alone, or `[v6]:port`.
    init(listen: String, insecure: Bool) throws(ConnectorError) {
        var (host, port) = ("127.0.0.1", listen)
        if let colon = listen.lastIndex(of: ":") {
            host = String(listen[..<colon])
            port = String(listen[listen.index(after: colon)...])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            if host.isEmpty { host = "127.0.0.1" }
        }
        guard let number = UInt16(port) else {
            throw ConnectorError("--listen: found \"\(listen)\", expected HOST:PORT", hint: "for example 127.0.0.1:8080")
        }
        let server = try HTTPServer(HTTPServer.Configuration(host: host, port: Int(number), insecure: insecure))
        self.server = server
        registerConnectors(into: &registry)
        registry.add(
            ConnectorRegistry.Entry(spec: HTTPSource.spec) { request throws(ConnectorError) in
                try HTTPSource(request, server: server)
            })
        registry.add(ConnectorRegistry.Entry(spec: ReplySink.spec))
    }

    /// For commands that start nothing.
    static func offline() throws -> Outside { try Outside(listen: "127.0.0.1:0", insecure: false) }
}
