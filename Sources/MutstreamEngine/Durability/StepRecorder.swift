import MutstreamColumnar

/// Writes down what enters a step, as ``AdmissionGate`` lets it in: the payload of the step's frame in the input log.
///
/// ```
/// | clock: 8 | delivered step of each sink | entry | entry | … | 0 |
///
/// entry:  1 source chunk            a chunk joins those that wait at its source
///         2 source count ordinal    the next rows of the first waiting chunk enter, with ordinals from this one on
///         3 source ordinal          the source has ended: its watermark rises to the end of time
///         4 source ordinal time     an idle source's watermark follows the others
///         5 source ordinal time     the watermark rises by the next row of the first waiting chunk, which has yet to enter
///         6 0 number                windows close in this step, but no operator closes more than so many
/// ```
/// So a replay needs none of the reasons for which rows entered when they did: neither threads nor the time of day.
final class StepRecorder {
    enum Kind: UInt8 {
        case end, chunk, rows, close, follow, raise, limit
    }

    private let coder = StateCoder()

    /// Begins a step.
    /// - Parameter delivered: by sink, the last step that need not be sent again; nil: none need.
    func begin(clock: Int64, delivered: [Int64?]) {
        coder.reset()
        var (clock, count) = (clock, Int32(truncatingIfNeeded: delivered.count))
        write { coder throws(StateDamage) in
            try coder.code(&clock)
            try coder.code(&count)
            for step in delivered {
                var step = step ?? .max
                try coder.code(&step)
            }
        }
    }

    func chunk(_ chunk: Chunk, source: Int, types: [DataType.Physical]) {
        put(.chunk, source)
        write { coder throws(StateDamage) in try LoggedChunk.write(chunk, types, coder) }
    }

    func rows(_ count: Int, source: Int, firstOrdinal: Int64) {
        put(.rows, source)
        put(Int64(count))
        put(firstOrdinal)
    }

    func close(source: Int, ordinal: Int64) {
        put(.close, source)
        put(ordinal)
    }

    func follow(source: Int, ordinal: Int64, watermark: Int64) {
        put(.follow, source)
        put(ordinal)
        put(watermark)
    }

    func raise(source: Int, ordinal: Int64, watermark: Int64) {
        put(.raise, source)
        put(ordinal)
        put(watermark)
    }

    func limit(_ closesMax: Int) {
        put(.limit, 0)
        put(Int64(closesMax))
    }

    /// Ends the step: its payload is good until the next one begins.
    func end<Result>(_ body: (UnsafeRawBufferPointer) throws(ConnectorError) -> Result) throws(ConnectorError) -> Result {
        var kind = Kind.end.rawValue
        write { coder throws(StateDamage) in try coder.code(&kind) }
        var result: Swift.Result<Result, ConnectorError>?
        coder.bytes.withUnsafeBytes { bytes in
            do throws(ConnectorError) { result = .success(try body(bytes)) } catch { result = .failure(error) }
        }
        guard let result else { throw ConnectorError("the step has no record") }
        return try result.get()
    }

    private func put(_ kind: Kind, _ source: Int) {
        var (kind, source) = (kind.rawValue, Int32(truncatingIfNeeded: source))
        write { coder throws(StateDamage) in
            try coder.code(&kind)
            try coder.code(&source)
        }
    }

    private func put(_ number: Int64) {
        var number = number
        write { coder throws(StateDamage) in try coder.code(&number) }
    }

    /// Writing meets no damage.
    private func write(_ body: (StateCoder) throws(StateDamage) -> Void) {
        do throws(StateDamage) { try body(coder) } catch { assertionFailure(error.message) }
    }
}

/// What enters a step, read from the log.
struct StepRecord {
    enum Entry {
        case chunk(source: Int, LoggedChunk)
        case rows(source: Int, count: Int, firstOrdinal: Int64)
        case close(source: Int, ordinal: Int64)
        case follow(source: Int, ordinal: Int64, watermark: Int64)
        case raise(source: Int, ordinal: Int64, watermark: Int64)
        case limit(closesMax: Int)
    }

    var clock: Int64 = 0
    /// By sink: the last step that was delivered for good when this one began.
    var delivered: [Int64] = []
    var entries: [Entry] = []

    /// - Parameter types: by source, of the columns that the plan reads.
    init(_ payload: [UInt8], types: [[DataType.Physical]]) throws(StateDamage) {
        let coder = StateCoder(reading: payload)
        try coder.code(&clock)
        var count: Int32 = 0
        try coder.code(&count)
        guard count >= 0 else { throw coder.damage("found \(count) sinks") }
        for _ in 0..<count {
            var step: Int64 = 0
            try coder.code(&step)
            delivered.append(step)
        }
        while let entry = try StepRecord.entry(coder, types) { entries.append(entry) }
        try coder.end()
    }

    private static func entry(_ coder: StateCoder, _ types: [[DataType.Physical]]) throws(StateDamage) -> Entry? {
        var number: UInt8 = 0
        try coder.code(&number)
        guard let kind = StepRecorder.Kind(rawValue: number) else { throw coder.damage("found an entry of kind \(number)") }
        if kind == .end { return nil }
        var place: Int32 = 0
        try coder.code(&place)
        let source = Int(place)
        guard types.indices.contains(source) else { throw coder.damage("found source \(source) of \(types.count)") }
        func number64() throws(StateDamage) -> Int64 {
            var value: Int64 = 0
            try coder.code(&value)
            return value
        }
        switch kind {
        case .end: return nil
        case .chunk: return .chunk(source: source, try LoggedChunk(coder, types[source]))
        case .rows:
            let count = try number64()
            guard count >= 0 else { throw coder.damage("found \(count) rows") }
            return .rows(source: source, count: Int(count), firstOrdinal: try number64())
        case .close: return .close(source: source, ordinal: try number64())
        case .follow:
            let ordinal = try number64()
            return .follow(source: source, ordinal: ordinal, watermark: try number64())
        case .raise:
            let ordinal = try number64()
            return .raise(source: source, ordinal: ordinal, watermark: try number64())
        case .limit:
            let number = try number64()
            guard number > 0 else { throw coder.damage("found a step that closes \(number) windows") }
            return .limit(closesMax: Int(clamping: number))
        }
    }
}
