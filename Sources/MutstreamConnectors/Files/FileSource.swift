import MutstreamColumnar
import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads the rows of a file, from its beginning to its end, or on and on as it grows.
final class FileSource: SourceConnector {
    private let follows: Bool

    private let path: FilePath
    private let format: RowFormat
    private let compression: Compression
    private let pacing: Pacer.Rule?
    private let decoderSchema: DecoderSchema
    private let eventTimeColumn: Int?
    private let blockBytes: Int
    private let clock: any PaceClock
    private let stopSignal = StopSignal()
    /// Set between ``open()`` and ``run(_:)``.
    private let opened = Monitor<FileInput?>(nil)
    /// The file is one that keeps its bytes: no pipe, no device.
    private let isRegular = Monitor(true)
    /// Where to go on.
    private let position = Monitor<SourcePosition?>(nil)
    /// Reads once more what was read before.
    private let rereading = Monitor<(input: any ByteInput, offset: Int64)?>(nil)
    /// Ends a read that waits, where the path is that of a pipe.
    private let wakeup = Wakeup()

    init(
        _ request: SourceRequest, blockBytes: Int = RowReader.blockBytes, clock: any PaceClock = MonotonicClock()
    ) throws(ConnectorError) {
        let written = request.options.text("path") ?? ""
        if written.isEmpty { throw ConnectorError("the path is empty", hint: "name a file", option: "path") }
        path = FilePath(written, relativeTo: request.baseDirectory)
        format = try RowFormat(request.format, options: request.options)
        compression = Compression(rawValue: request.options.text("compression") ?? "auto") ?? .auto
        decoderSchema = try request.schemaOfChanges()
        eventTimeColumn = request.eventTimeColumn
        self.blockBytes = blockBytes
        self.clock = clock
        let mayFollow = request.options.boolean("follow") ?? false
        follows = mayFollow && !request.onlyWhatIsThere
        if mayFollow, compression == .gzip {
            throw ConnectorError(
                "a compressed file cannot be followed", hint: "follow the plain file, or leave out follow",
                option: "compression")
        }
        switch (request.options.number("rate"), request.options.number("speed")) {
        case (nil, nil): pacing = nil
        case (let rate?, nil): pacing = .rate(rate)
        case (nil, let speed?):
            if request.eventTimeColumn == nil {
                throw ConnectorError(
                    "\"\(request.name)\" has no event time to be played back by",
                    hint: "declare a TIMESTAMP column with WATERMARK FOR, or use rate", option: "speed")
            }
            pacing = .speed(speed)
        case (.some, .some):
            throw ConnectorError("rate and speed exclude each other", hint: "leave one of them out", option: "speed")
        }
    }

    var isBounded: Bool { !follows }
    var hasInitialContent: Bool { follows }

    func open() throws(ConnectorError) {
        let descriptor = try path.openForReading()
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let claim: FileClaim
        do throws(ConnectorError) {
            if follows { try refuseToFollow(descriptor, isRegular: isRegular) }
            claim = try FileClaim(descriptor, .reading, name: "\"\(path.written)\"")
        } catch {
            System.close(descriptor)
            throw error
        }
        self.isRegular.withLock { $0 = isRegular }
        let input = FileInput(
            descriptor: descriptor, name: "\"\(path.written)\"", ownsDescriptor: true, wakeup: isRegular ? nil : wakeup,
            claim: claim)
        opened.withLock { $0 = input }
    }

    func run(_ inlet: Inlet) throws(ConnectorError) {
        guard
            let file = opened.withLock({ input -> FileInput? in
                defer { input = nil }
                return input
            })
        else { return }
        if follows { return try follow(file, inlet) }
        let position = position.withLock { $0 }
        let name = "\"\(path.written)\""
        let start = position?.offset ?? 0
        let place: RowReader.Place = isRegular.withLock { $0 } ? .lasting : .passing
        do throws(ConnectorError) {
            var input = try compression.open(file, name: name, from: start)
            if start == 0 { input = try InputCheck.open(input, name: name, isJSON: isJSON, blockBytes: blockBytes) }
            _ = try pump(input, inlet, place, from: position)
        } catch {
            // A read that was stopped is none that failed.
            if !stopSignal.isStopped { throw error }
        }
    }

    private var isJSON: Bool { if case .json = format { true } else { false } }

    /// Moves all rows of an input; false: the source or the pipeline stops.
    private func pump(
        _ input: any ByteInput, _ inlet: Inlet, _ place: RowReader.Place, from position: SourcePosition?
    ) throws(ConnectorError) -> Bool {
        let reader = RowReader(
            input, decoder: format.makeDecoder(decoderSchema), blockBytes: blockBytes, place: place, from: position)
        var pump = RowPump(
            reader: reader, inlet: inlet, stop: stopSignal,
            pacer: pacing.map { Pacer($0, clock: clock, stop: stopSignal) }, eventTimeColumn: eventTimeColumn,
            skipped: Int(clamping: position?.skipped ?? 0))
        do {
            return try pump.run()
        } catch  where stopSignal.isStopped {
            // What was not read is not missed.
            return false
        }
    }

    // MARK: Following

    private func refuseToFollow(_ descriptor: Int32, isRegular: Bool) throws(ConnectorError) {
        if !isRegular {
            throw ConnectorError(
                "\"\(path.written)\" is no plain file and cannot be followed",
                hint: "without follow a pipe is read until its writers close it", option: "follow")
        }
        var first = [UInt8](repeating: 0, count: GzipInput.magic.count)
        if compression == .auto, pread(descriptor, &first, first.count, 0) == first.count, first == GzipInput.magic {
            throw ConnectorError(
                "\"\(path.written)\" is compressed and cannot be followed",
                hint: "follow the plain file, or leave out follow", option: "follow")
        }
    }

    /// Reads a file as it grows, then the one that takes its place, each from its beginning with a decoder of its own: a
    /// line that the old one left unfinished does not run into the new one.
    private func follow(_ first: FileInput, _ inlet: Inlet) throws(ConnectorError) {
        var file = first
        var isFirst = true
        var position = position.withLock { $0 }
        while true {
            // Another file, or one that was cut, begins anew.
            let identity = FileIdentity(file.descriptor)
            if let known = position, !identity.holds(known) { position = nil }
            if let position { lseek(file.descriptor, off_t(position.offset), SEEK_SET) }
            let input = FollowedFile(
                file.descriptor, path, from: position?.offset ?? 0, clock: clock, stop: stopSignal,
                onEnd: isFirst ? { inlet.noteInitialContent() } : nil)
            isFirst = false
            guard try pump(input, inlet, .leaving(identity), from: position) else { return }
            position = nil
            if input.ending == .cut {
                lseek(file.descriptor, 0, SEEK_SET)
            } else if let next = try path.openAgain() {
                file = FileInput(descriptor: next, name: "\"\(path.written)\"", ownsDescriptor: true, wakeup: nil)
            } else if stopSignal.pause(microseconds: FollowedFile.pauses.longest / 1_000) {
                return
            }
        }
    }

    // MARK: Going on

    func resume(at position: SourcePosition) throws(ConnectorError) { self.position.withLock { $0 = position } }

    func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        format.makeDecoder(decoderSchema).decode(bytes, after: context)
    }

    func reread(from start: Int64, to end: SourcePosition) throws(ConnectorError) -> Chunk {
        let name = "\"\(path.written)\""
        var (input, offset): (any ByteInput, Int64)
        if let known = rereading.withLock({ $0 }), known.offset <= start {
            (input, offset) = known
        } else {
            let file = FileInput(descriptor: try path.openForReading(), name: name, ownsDescriptor: true, wakeup: nil)
            (input, offset) = (try compression.open(file, name: name, from: start), start)
        }
        try input.skip(start - offset)
        let bytes = SharedBytes(capacity: max(Int(clamping: end.offset - start), 0))
        while bytes.count < bytes.capacity, Int64(bytes.count) < end.offset - start {
            let room = UnsafeMutableRawBufferPointer(
                start: bytes.base + bytes.count, count: Int(end.offset - start) - bytes.count)
            let count = try input.read(into: room)
            if count == 0 { break }
            bytes.count += count
        }
        offset = start + Int64(bytes.count)
        rereading.withLock { $0 = (input, offset) }
        let context = start == 0 ? [] : end.context
        return Chunk(
            rows: try decode(bytes, context: context), raw: bytes, rawRange: 0..<bytes.count, context: context, next: end,
            start: start)
    }

    func stop() {
        stopSignal.stop()
        wakeup?.wake()
    }
}
