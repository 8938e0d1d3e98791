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
    private let isPlaced: Bool
    /// Of a checkpoint, until the file is open.
    private var offset = 0
    private var remembered: [UInt8]?

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
        isPlaced = request.history != nil
    }

    deinit { if let descriptor { System.close(descriptor) } }

    func open() throws(ConnectorError) { try begin(at: nil) }
    func reopen() throws(ConnectorError) { try begin(at: offset) }

    /// - Parameter known: where to go on in a file that was written before.
    private func begin(at known: Int?) throws(ConnectorError) {
        // Who keeps a history writes to places, so that what was written before the last moment is written over.
        let descriptor = try path.openForWriting(append: appends && !isPlaced)
        self.descriptor = descriptor
        claim = try FileClaim(descriptor, .writing, name: "\"\(path.written)\"")
        // A path may be that of a pipe.
        signal(SIGPIPE, SIG_IGN)
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        let isRegular = isKnown && status.st_mode & S_IFMT == S_IFREG
        let size = isKnown ? Int(status.st_size) : 0
        if let known, isRegular, size < known {
            throw ConnectorError(
                "\"\(path.written)\" has \(size) bytes, and \(known) were written to it",
                hint: "put the file back, or begin with a new --data-dir", option: "path")
        }
        // Pipes and devices have nothing to be emptied of.
        if !appends, known == nil { _ = ftruncate(descriptor, 0) }
        let start = known ?? (appends ? size : 0)
        let written = path.written
        output = RowOutput(
            descriptor, format: format, fields: fields, isContinued: start > 0, offset: isPlaced && isRegular ? start : nil
        ) { code in
            ConnectorError(
                "cannot write to \"\(written)\": \(System.message(code))", hint: FileSink.hint(code), option: "path")
        }
        do throws(StateDamage) {
            if let remembered { try output?.code(StateCoder(reading: remembered)) }
        } catch { throw ConnectorError("what \"\(path.written)\" remembers of its rows: \(error.message)") }
        remembered = nil
    }

    // MARK: Going on

    func code(_ coder: StateCoder) throws(StateDamage) {
        var place = Int64(output?.offset ?? 0)
        try coder.code(&place)
        var bytes: [UInt8] = []
        if coder.isWriting {
            let own = StateCoder()
            try output?.code(own)
            bytes = own.bytes
        }
        try coder.code(&bytes, default: 0)
        if !coder.isWriting { (offset, remembered) = (Int(clamping: max(place, 0)), bytes) }
    }

    /// Lines of steps that are not in the log are void: those steps will come again, perhaps otherwise.
    func endRepetition() throws(ConnectorError) {
        guard let descriptor, let end = output?.offset else { return }
        if ftruncate(descriptor, off_t(end)) != 0 {
            throw ConnectorError("cannot cut \"\(path.written)\": \(System.message(errno))", option: "path")
        }
    }

    var syncer: (@Sendable () throws(ConnectorError) -> Void)? {
        guard let descriptor, output?.offset != nil else { return nil }
        let (written, folder) = (path.written, path.folder)
        return { () throws(ConnectorError) in
            guard let code = System.sync(descriptor) ?? System.sync(folder: folder) else { return }
            throw ConnectorError("cannot sync \"\(written)\": \(System.message(code))", option: "path")
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
