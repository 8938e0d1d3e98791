import MutstreamColumnar
import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads the rows of a file, from its beginning to its end.
final class FileSource: SourceConnector {
    let isBounded = true

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
        decoderSchema = request.decoderSchema
        eventTimeColumn = request.eventTimeColumn
        self.blockBytes = blockBytes
        self.clock = clock
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

    func open() throws(ConnectorError) {
        let descriptor = try path.openForReading()
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let input = FileInput(
            descriptor: descriptor, name: "\"\(path.written)\"", ownsDescriptor: true, wakeup: isRegular ? nil : wakeup)
        opened.withLock { $0 = input }
    }

    func run(_ inlet: Inlet) throws(ConnectorError) {
        guard
            let file = opened.withLock({ input -> FileInput? in
                defer { input = nil }
                return input
            })
        else { return }
        let input = try compression.open(file, name: "\"\(path.written)\"")
        var pump = RowPump(
            reader: RowReader(input, decoder: format.makeDecoder(decoderSchema), blockBytes: blockBytes), inlet: inlet,
            stop: stopSignal, pacer: pacing.map { Pacer($0, clock: clock, stop: stopSignal) },
            eventTimeColumn: eventTimeColumn)
        do {
            try pump.run()
        } catch  where stopSignal.isStopped {
            // What was not read is not missed.
        }
    }

    func stop() {
        stopSignal.stop()
        wakeup?.wake()
    }
}
