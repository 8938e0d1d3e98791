import MutstreamColumnar
import MutstreamEngine
import NIOCore

/// What a client posted: it decides the form of the answer.
enum BodyShape: Sendable, Hashable {
    /// One object: its own answer.
    case object
    /// An array: an array of answers.
    case array
    /// Objects or lines one after the other: an answer a line.
    case lines
}

/// Puts what became of posted rows into words.
enum ReplyText {
    /// Rows that were not accepted, told one by one up to this many.
    static let errorsMax = 20

    /// One answer a posted row, in order.
    static func replies(_ slots: [ReplySlot], _ shape: BodyShape) -> Response {
        var body = ByteBuffer()
        body.reserveCapacity(slots.reduce(2) { $0 + length($1) + 2 })
        switch shape {
        case .object:
            if slots.count == 1 {
                body.writeSlot(slots[0])
                return Response(status(slots[0]), body: body)
            }
            body.writeArray(slots)
        case .array: body.writeArray(slots)
        case .lines:
            for slot in slots {
                body.writeSlot(slot)
                body.writeStaticString("\n")
            }
        }
        let isRefused = !slots.isEmpty && slots.allSatisfy(isRejection)
        return Response(isRefused ? .badRequest : .ok, shape == .lines ? .lines : .json, body: body)
    }

    private static func status(_ slot: ReplySlot) -> Status {
        switch slot {
        case .rows: .ok
        case .failure: isRejection(slot) ? .badRequest : .unprocessable
        }
    }

    private static func isRejection(_ slot: ReplySlot) -> Bool {
        if case .failure(error: "rejected", _) = slot { true } else { false }
    }

    private static func length(_ slot: ReplySlot) -> Int {
        switch slot {
        case .rows(let rows): rows.reduce(2) { $0 + $1.count + 1 }
        case .failure(let error, let reason): error.utf8.count + reason.utf8.count + 32
        }
    }

    /// How many rows were accepted, and what was wrong with the others.
    static func report(accepted: Int, _ rejected: Rejected) -> Response {
        var body = ByteBuffer()
        if rejected.count == 0 {
            body.writeStaticString("{\"accepted\":")
            body.writeDecimal(accepted)
            body.writeStaticString("}")
            return Response(.accepted, body: body)
        }
        body.writeStaticString("{")
        if accepted == 0, let first = rejected.errors.first {
            body.writeStaticString("\"error\":")
            body.writeJSON("row \(first.row): \(first)")
            body.writeStaticString(",")
        }
        body.writeStaticString("\"accepted\":")
        body.writeDecimal(accepted)
        body.writeStaticString(",\"rejected\":")
        body.writeDecimal(rejected.count)
        body.writeStaticString(",\"errors\":[")
        for (index, error) in rejected.errors.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeError(error)
        }
        body.writeStaticString("]}")
        return Response(accepted == 0 ? .badRequest : .accepted, body: body)
    }

    /// The rows of a body that did not fit the schema.
    struct Rejected: Sendable {
        var count: Int
        /// The first of them.
        var errors: [DecodeError]

        init(_ rows: [RejectedRow]) {
            count = rows.count
            errors = rows.isEmpty ? [] : rows.prefix(errorsMax).map(\.error)
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeSlot(_ slot: ReplySlot) {
        switch slot {
        case .rows(let rows):
            if rows.count == 1 {
                writeBytes(rows[0])
                return
            }
            writeStaticString("[")
            for (index, row) in rows.enumerated() {
                if index > 0 { writeStaticString(",") }
                writeBytes(row)
            }
            writeStaticString("]")
        case .failure(let error, let reason):
            writeStaticString("{\"error\":")
            writeJSON(error)
            writeStaticString(",\"reason\":")
            writeJSON(reason)
            writeStaticString("}")
        }
    }

    fileprivate mutating func writeArray(_ slots: [ReplySlot]) {
        writeStaticString("[")
        for (index, slot) in slots.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeSlot(slot)
        }
        writeStaticString("]")
    }

    fileprivate mutating func writeError(_ error: DecodeError) {
        writeStaticString("{\"row\":")
        writeDecimal(error.row)
        writeStaticString(",\"offset\":")
        writeDecimal(error.byteOffset)
        writeStaticString(",\"field\":")
        if let field = error.field { writeJSON(field) } else { writeStaticString("null") }
        writeStaticString(",\"found\":")
        writeJSON(error.found)
        writeStaticString(",\"expected\":")
        writeJSON(error.expected)
        writeStaticString(",\"message\":")
        writeJSON(error.description)
        writeStaticString("}")
    }
}
