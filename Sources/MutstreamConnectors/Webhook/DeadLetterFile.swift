import MutstreamColumnar
import MutstreamEngine

/// Rows that could not be delivered, as JSON lines: `{"reason":"…","idempotency_key":"…","row":{…}}`.
///
/// `@unchecked Sendable`: one thread at a time writes to it.
final class DeadLetterFile: @unchecked Sendable {
    private let path: FilePath
    private let descriptor: Int32
    private let claim: FileClaim
    private let text = ByteWriter()

    /// Goes on at the end of what is there.
    init(_ path: FilePath) throws(ConnectorError) {
        self.path = path
        let descriptor: Int32
        do throws(ConnectorError) { descriptor = try path.openForWriting(append: true) } catch {
            throw ConnectorError(error.message, hint: error.hint, option: "dead_letter")
        }
        do throws(ConnectorError) {
            claim = try FileClaim(descriptor, .appending, name: "\"\(path.written)\"", option: "dead_letter")
        } catch {
            System.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { System.close(descriptor) }

    var name: String { "\"\(path.written)\"" }

    func write(_ delivery: Delivery, _ reason: String) throws(ConnectorError) {
        text.removeAll()
        for line in delivery.lines.split(separator: UInt8(ascii: "\n")) {
            text.append("{\"reason\":")
            JSONText.append(reason, to: text)
            text.append(",\"idempotency_key\":")
            JSONText.append(delivery.key, to: text)
            text.append(",\"row\":")
            line.withUnsafeBytes { text.append($0) }
            text.append("}\n")
        }
        if let code = System.writeAll(descriptor, text.bytes) {
            throw ConnectorError(
                "cannot write to \(name): \(System.message(code))", hint: "it takes the rows that could not be delivered",
                option: "dead_letter")
        }
    }
}
