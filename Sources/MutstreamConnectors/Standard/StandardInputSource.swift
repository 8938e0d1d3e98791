import MutstreamColumnar
import MutstreamEngine

/// Reads rows from standard input until it ends.
final class StandardInputSource: SourceConnector {
    let isBounded = true

    private let format: RowFormat
    private let decoderSchema: DecoderSchema
    private let descriptor: Int32
    private let blockBytes: Int
    private let stopSignal = StopSignal()
    private let wakeup = Wakeup()
    /// Descriptors that a source reads: two would share the rows out among them by chance.
    private static let readers = Monitor<Set<Int32>>([])
    private let isReader = Monitor(false)

    /// - Parameter descriptor: what tests read instead.
    init(
        _ request: SourceRequest, descriptor: Int32 = System.standardInput, blockBytes: Int = RowReader.blockBytes
    ) throws(ConnectorError) {
        format = try RowFormat(request.format, options: request.options)
        decoderSchema = try request.schemaOfChanges()
        self.descriptor = descriptor
        self.blockBytes = blockBytes
    }

    func open() throws(ConnectorError) {
        if wakeup == nil { throw ConnectorError("the system has no pipe left for standard input") }
        guard StandardInputSource.readers.withLock({ $0.insert(descriptor).inserted }) else {
            throw ConnectorError(
                "another source reads standard input", hint: "read it once, and let views divide its rows",
                option: "connector")
        }
        isReader.withLock { $0 = true }
    }

    func run(_ inlet: Inlet) throws(ConnectorError) {
        let input = FileInput(descriptor: descriptor, name: "standard input", ownsDescriptor: false, wakeup: wakeup)
        defer { release() }
        var isJSON = false
        if case .json = format { isJSON = true }
        let checked = try InputCheck.open(input, name: "standard input", isJSON: isJSON, blockBytes: blockBytes)
        let reader = RowReader(checked, decoder: format.makeDecoder(decoderSchema), blockBytes: blockBytes)
        var pump = RowPump(reader: reader, inlet: inlet, stop: stopSignal)
        try pump.run()
    }

    deinit { release() }

    private func release() {
        let wasReader = isReader.withLock { isReader -> Bool in
            defer { isReader = false }
            return isReader
        }
        if wasReader { _ = StandardInputSource.readers.withLock { $0.remove(descriptor) } }
    }

    func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        format.makeDecoder(decoderSchema).decode(bytes, after: context)
    }

    func stop() {
        stopSignal.stop()
        wakeup?.wake()
    }
}
