/// Why a row was refused.
package struct DecodeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// 0-based number of the row in its chunk, refused ones counted.
    package var row: Int
    /// In the row's raw text.
    package var byteOffset: Int
    package var field: String?
    package var found: String
    package var expected: String

    package init(row: Int, byteOffset: Int, field: String?, found: String, expected: String) {
        self.row = row
        self.byteOffset = byteOffset
        self.field = field
        self.found = found
        self.expected = expected
    }

    package var description: String {
        let place = field.map { "field \"\($0)\": " } ?? ""
        return "\(place)found \(found), expected \(expected) at byte \(byteOffset)"
    }
}

/// A row that could not be decoded: why, and the bytes themselves.
package struct RejectedRow: Sendable, Hashable {
    /// How many bytes of a refused row are kept.
    package static let rawBytesMax = 4096

    /// Position among all rows of the chunk, refused ones included.
    package var slot: Int
    package var error: DecodeError
    /// The first ``rawBytesMax`` bytes.
    package var raw: [UInt8]
    /// Bytes of the whole row.
    package var length: Int

    package init(slot: Int, error: DecodeError, raw: [UInt8], length: Int) {
        self.slot = slot
        self.error = error
        self.raw = raw
        self.length = length
    }
}

/// The rows decoded since the last ``RowDecoder/take()``: one chunk.
package struct DecodedRows: Sendable {
    /// The projected fields, in the order of the projection.
    package var columns: [Column]
    package var count: Int
    package var rejected: [RejectedRow]
    /// The slot of each accepted row; nil when nothing was refused: row *i* has slot *i*.
    package var slots: [Int32]?
    /// Accepted and refused rows together.
    package var slotCount: Int
    /// Of a table's changes: +1 a row that is put in, -1 one that is deleted; nil: all are put in.
    package var weights: [Int64]?
    /// Tombstones, which say nothing and have no slot.
    package var ignored = 0

    package init(columns: [Column], count: Int, rejected: [RejectedRow], slots: [Int32]?, slotCount: Int) {
        self.columns = columns
        self.count = count
        self.rejected = rejected
        self.slots = slots
        self.slotCount = slotCount
    }
}

/// What the numbers count that stand for times, from 1970 on.
package enum EpochUnit: String, Sendable, Hashable, CaseIterable {
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    case nanoseconds = "ns"

    /// Nil: there is no such time.
    func microseconds(_ count: Int64) -> Int64? {
        let factor: Int64
        switch self {
        case .seconds: factor = 1_000_000
        case .milliseconds: factor = 1000
        case .microseconds: return count
        case .nanoseconds:
            let (quotient, rest) = count.quotientAndRemainder(dividingBy: 1000)
            return rest < 0 ? quotient - 1 : quotient
        }
        let (value, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }
}

/// What rows look like, which of their fields to build, and the limits.
package struct DecoderSchema: Sendable {
    package struct Field: Sendable, Hashable {
        package var name: String
        package var type: DataType
        package var notNull: Bool

        package init(_ name: String, _ type: DataType, notNull: Bool = false) {
            self.name = name
            self.type = type
            self.notNull = notNull
        }
    }

    package var fields: [Field]
    /// Indices into `fields`: what to build. Other fields only have to be well formed.
    package var projection: [Int]
    /// A longer row is refused.
    package var maxRowBytes: Int
    /// Objects and arrays within each other, the row counted.
    package var maxDepth: Int
    /// Of numbers where TIMESTAMP and TIMESTAMPTZ are expected.
    package var timestampUnit = EpochUnit.milliseconds
    /// As Debezium writes them: DATE is days, TIME a number of ``timestampUnit``, DECIMAL may be a string.
    package var isDebezium: Bool { changes?.carrier == .debezium }
    /// The rows are changes of a table; NOT NULL then binds rows that are put in, and of deletions the key.
    package var changes: ChangeSchema?

    package init(
        _ fields: [Field], projection: [Int]? = nil, maxRowBytes: Int = 1_048_576, maxDepth: Int = 128
    ) {
        self.fields = fields
        self.projection = projection ?? Array(fields.indices)
        precondition(self.projection.allSatisfy { fields.indices.contains($0) }, "a projection names fields of the schema")
        self.maxRowBytes = maxRowBytes
        self.maxDepth = maxDepth
    }
}

/// Turns bytes of one format into columns.
package protocol RowDecoder: AnyObject {
    /// Decodes the rows that are whole in a range of `buffer`, at most `maxRows` that are accepted.
    ///
    /// Text values longer than 12 bytes are views into `buffer` unless they hold escapes.
    /// - Parameter isFinal: nothing follows, so the last row needs no newline.
    /// - Returns: how many bytes were consumed; the caller presents the others again, with more.
    func decode(_ buffer: SharedBytes, _ range: Range<Int>, isFinal: Bool, maxRows: Int) -> Int

    /// Rows accepted since the last ``take()``.
    var rowCount: Int { get }

    /// Gives the rows decoded since the last take.
    func take() -> DecodedRows

    /// Bytes that a new decoder has to be given first, so that it takes what follows as this one does: the header.
    var context: [UInt8] { get }
}

extension RowDecoder {
    package var context: [UInt8] { [] }

    /// Lets a new decoder know what another one knew.
    package func prime(_ context: [UInt8]) {
        if context.isEmpty { return }
        let first = context.withUnsafeBytes { SharedBytes(copying: $0) }
        _ = decode(first, 0..<first.count, isFinal: false, maxRows: 1)
        _ = take()
    }

    /// Decodes all rows of bytes that stood behind others.
    package func decode(_ bytes: SharedBytes, after context: [UInt8]) -> DecodedRows {
        prime(context)
        // A row has a byte at least.
        _ = decode(bytes, 0..<bytes.count, isFinal: true, maxRows: bytes.count + 1)
        return take()
    }
}
