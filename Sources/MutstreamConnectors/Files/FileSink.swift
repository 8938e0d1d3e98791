import MutstreamColumnar
import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes rows to a file.
final class FileSink: SinkConnector {
    private let path: FilePath
    private let format: SinkFormat
    private let appends: Bool
    private let fields: [Field]
    private var descriptor: Int32?
    private var claim: FileClaim?
    private var output: RowOutput?

    init(_ request: SinkRequest) throws(ConnectorError) {
        let written = request.options.text("path") ?? ""
        if written == "-" {
            throw ConnectorError(
                "a file has a path", hint: "connector = 'stdout' writes to standard output", option: "path")
        }
        if written.isEmpty { throw ConnectorError("the path is empty", hint: "name a file", option: "path") }
        path = FilePath(written, relativeTo: request.baseDirectory)
        format = try SinkFormat(request)
        appends = request.options.boolean("append") ?? false
        fields = request.fields
    }

    deinit { if let descriptor { System.close(descriptor) } }

    func open() throws(ConnectorError) {
        let descriptor = try path.openForWriting(append: appends)
        self.descriptor = descriptor
        claim = try FileClaim(descriptor, .writing, name: "\"\(path.written)\"")
        // A path may be that of a pipe.
        signal(SIGPIPE, SIG_IGN)
        var status = stat()
        // Pipes and devices have nothing to be emptied of.
        if !appends { _ = ftruncate(descriptor, 0) }
        let isContinued = appends && fstat(descriptor, &status) == 0 && status.st_size > 0
        let written = path.written
        output = RowOutput(descriptor, format: format, fields: fields, isContinued: isContinued) { code in
            ConnectorError(
                "cannot write to \"\(written)\": \(System.message(code))", hint: FileSink.hint(code), option: "path")
        }
    }

    private static func hint(_ code: Int32) -> String? {
        switch code {
        case ENOSPC, EDQUOT: "the rows written before are in the file"
        case EPIPE: "the program that read from it has ended"
        default: nil
        }
    }

    func write(_ batch: Batch) throws(ConnectorError) { try output?.write(batch) }
    func takeProblems() -> [String] { output?.takeProblems() ?? [] }
    func flush() throws(ConnectorError) { try output?.flush() }

    func close() throws(ConnectorError) {
        defer {
            if let descriptor { System.close(descriptor) }
            descriptor = nil
            claim = nil
            output = nil
        }
        try output?.flush()
    }
}
