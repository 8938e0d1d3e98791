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
        let input = try compression.open(file, name: "\"\(path.written)\"")
        do throws(ConnectorError) {
            _ = try pump(
                try InputCheck.open(input, name: "\"\(path.written)\"", isJSON: isJSON, blockBytes: blockBytes),
                inlet)
        } catch {
            // A read that was stopped is none that failed.
            if !stopSignal.isStopped { throw error }
        }
    }

    private var isJSON: Bool { if case .json = format { true } else { false } }

    /// Moves all rows of an input; false: the source or the pipeline stops.
    private func pump(_ input: any ByteInput, _ inlet: Inlet) throws(ConnectorError) -> Bool {
        var pump = RowPump(
            reader: RowReader(input, decoder: format.makeDecoder(decoderSchema), blockBytes: blockBytes), inlet: inlet,
            stop: stopSignal, pacer: pacing.map { Pacer($0, clock: clock, stop: stopSignal) },
            eventTimeColumn: eventTimeColumn)
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
        while true {
            let input = FollowedFile(
                file.descriptor, path, clock: clock, stop: stopSignal,
                onEnd: isFirst ? { inlet.noteInitialContent() } : nil)
            isFirst = false
            guard try pump(input, inlet) else { return }
            if input.ending == .cut {
                lseek(file.descriptor, 0, SEEK_SET)
            } else if let next = try path.openAgain() {
                file = FileInput(descriptor: next, name: "\"\(path.written)\"", ownsDescriptor: true, wakeup: nil)
            } else if stopSignal.pause(microseconds: FollowedFile.pauses.longest / 1_000) {
                return
            }
        }
    }

    func stop() {
        stopSignal.stop()
        wakeup?.wake()
    }
}
