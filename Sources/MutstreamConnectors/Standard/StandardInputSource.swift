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
    }

    func run(_ inlet: Inlet) throws(ConnectorError) {
        let input = FileInput(descriptor: descriptor, name: "standard input", ownsDescriptor: false, wakeup: wakeup)
        let reader = RowReader(input, decoder: format.makeDecoder(decoderSchema), blockBytes: blockBytes)
        var pump = RowPump(reader: reader, inlet: inlet, stop: stopSignal)
        try pump.run()
    }

    func stop() {
        stopSignal.stop()
        wakeup?.wake()
    }
}
