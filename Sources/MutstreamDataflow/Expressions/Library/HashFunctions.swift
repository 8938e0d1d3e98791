import MutstreamColumnar

extension Library {
    static let hash: [LibraryEntry] = digests + encodings + byteFunctions

    private static func digest(_ name: String, _ algorithm: Digest.Algorithm, _ summary: String) -> LibraryEntry {
        LibraryEntry(name, group: .hash, summary, [.bytes], .bytes, mayFail: false) { _, _ in
            Kernels.texts { arguments, row, writer in
                writer.append(bytes: Digest.make(algorithm, arguments.text(0, row)))
                return .value(())
            }
        }
    }

    private static func md5(_ parameter: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry("md5", group: .hash, "The MD5 checksum in hexadecimal.", [parameter], .text, mayFail: false) { _, _ in
            Kernels.texts { arguments, row, writer in
                Digest.appendHex(Digest.make(.md5, arguments.text(0, row))) { writer.append($0) }
                return .value(())
            }
        }
    }

    private static func crc(_ parameter: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry("crc32", group: .hash, "The CRC-32 checksum.", [parameter], .bigint, mayFail: false) { _, _ in
            Kernels.integers { .value(Int64(Digest.crc32($0.text(0, $1)))) }
        }
    }

    private static let digests: [LibraryEntry] = [
        md5(.text), md5(.bytes), crc(.text), crc(.bytes),
        digest("sha224", .sha224, "The SHA-224 checksum."), digest("sha256", .sha256, "The SHA-256 checksum."),
        digest("sha384", .sha384, "The SHA-384 checksum."), digest("sha512", .sha512, "The SHA-512 checksum."),
        LibraryEntry(
            "sha2", group: .hash, "The SHA-2 checksum of 224, 256, 384 or 512 bits in hexadecimal, as in Flink.",
            [.text, .int], .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let algorithm: Digest.Algorithm
                switch arguments.int64(1, row) {
                case 224: algorithm = .sha224
                case 256: algorithm = .sha256
                case 384: algorithm = .sha384
                case 512: algorithm = .sha512
                default: return .invalid("the bits of sha2 must be 224, 256, 384 or 512")
                }
                Digest.appendHex(Digest.make(algorithm, arguments.text(0, row))) { writer.append($0) }
                return .value(())
            }
        },
    ]

    // MARK: - Text and bytes

    private static let encodings: [LibraryEntry] = [
        LibraryEntry(
            "encode", group: .hash, "Bytes as text: the form is hex, base64 or escape.", [.bytes, .text], .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                guard let form = ByteForm(arguments.text(1, row)) else { return ByteForm.unknown(arguments.text(1, row)) }
                form.append(arguments.text(0, row), to: writer)
                return .value(())
            }
        },
        LibraryEntry(
            "decode", group: .hash, "The bytes of a text: the form is hex, base64 or escape.", [.text, .text], .bytes
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                guard let form = ByteForm(arguments.text(1, row)) else { return ByteForm.unknown(arguments.text(1, row)) }
                if let message = form.read(arguments.text(0, row), to: writer) { return .invalid(message) }
                return .value(())
            }
        },
        LibraryEntry(
            "to_base64", group: .hash, "A text in base64, as in Flink.", [.text], .text, mayFail: false
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                ByteForm.appendBase64(arguments.text(0, row), lineLength: nil, to: writer)
                return .value(())
            }
        },
        LibraryEntry("from_base64", group: .hash, "The text of a base64 text, as in Flink.", [.text], .text) { _, _ in
            Kernels.texts { arguments, row, writer in
                if let message = ByteForm.base64.read(arguments.text(0, row), to: writer) { return .invalid(message) }
                return isText(writer) ? .value(()) : .invalid("the bytes are no UTF-8")
            }
        },
        LibraryEntry(
            "convert_from", group: .hash, "The text that bytes encode; the encoding is UTF8.", [.bytes, .text], .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                guard isUTF8(arguments.string(1, row)) else { return .invalid("the encoding must be UTF8") }
                writer.append(arguments.text(0, row))
                return isText(writer) ? .value(()) : .invalid("invalid byte sequence for encoding \"UTF8\"")
            }
        },
        LibraryEntry(
            "convert_to", group: .hash, "The bytes of a text; the encoding is UTF8.", [.text, .text], .bytes
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                guard isUTF8(arguments.string(1, row)) else { return .invalid("the encoding must be UTF8") }
                writer.append(arguments.text(0, row))
                return .value(())
            }
        },
    ]

    private static func isUTF8(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
        return plain == "utf8" || plain == "unicode"
    }

    private static func isText(_ writer: ByteWriter) -> Bool {
        !writer.bytes.contains(0) && String(validating: writer.bytes, as: UTF8.self) != nil
    }

    // MARK: - Single bytes

    private static func outside(_ index: Int64, _ count: Int) -> String {
        "index \(index) out of valid range, 0..\(count - 1)"
    }

    private static let byteFunctions: [LibraryEntry] = [
        LibraryEntry("length", "octet_length", group: .hash, "The number of bytes.", [.bytes], .int, mayFail: false) {
            _, _ in
            Kernels.integers { .value(Int64($0.text(0, $1).count)) }
        },
        LibraryEntry("bit_length", group: .text, "The number of bits.", [.text], .int, mayFail: false) { _, _ in
            Kernels.integers { .value(Int64($0.text(0, $1).count) &* 8) }
        },
        LibraryEntry("bit_length", group: .hash, "The number of bits.", [.bytes], .int, mayFail: false) { _, _ in
            Kernels.integers { .value(Int64($0.text(0, $1).count) &* 8) }
        },
        LibraryEntry("bit_count", group: .hash, "The number of bits that are set.", [.bytes], .bigint, mayFail: false) {
            _, _ in
            Kernels.integers { arguments, row in
                .value(arguments.text(0, row).reduce(0) { $0 &+ Int64($1.nonzeroBitCount) })
            }
        },
        LibraryEntry("get_byte", group: .hash, "The byte of a number, from 0.", [.bytes, .int], .int) { _, _ in
            Kernels.integers { arguments, row in
                let (bytes, index) = (arguments.text(0, row), arguments.int64(1, row))
                guard index >= 0, index < bytes.count else { return .invalid(outside(index, bytes.count)) }
                return .value(Int64(bytes[Int(index)]))
            }
        },
        LibraryEntry("get_bit", group: .hash, "The bit of a number, from 0.", [.bytes, .bigint], .int) { _, _ in
            Kernels.integers { arguments, row in
                let (bytes, index) = (arguments.text(0, row), arguments.int64(1, row))
                guard index >= 0, index < bytes.count * 8 else { return .invalid(outside(index, bytes.count * 8)) }
                return .value(Int64(bytes[Int(index / 8)] >> UInt8(index % 8) & 1))
            }
        },
        LibraryEntry(
            "set_byte", group: .hash, "With the byte of a number, from 0, changed.", [.bytes, .int, .int], .bytes
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let (bytes, index) = (arguments.text(0, row), arguments.int64(1, row))
                guard index >= 0, index < bytes.count else { return .invalid(outside(index, bytes.count)) }
                var changed = Array(bytes)
                changed[Int(index)] = UInt8(truncatingIfNeeded: arguments.int64(2, row))
                writer.append(bytes: changed)
                return .value(())
            }
        },
        LibraryEntry(
            "set_bit", group: .hash, "With the bit of a number, from 0, changed.", [.bytes, .bigint, .int], .bytes
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let (bytes, index) = (arguments.text(0, row), arguments.int64(1, row))
                guard index >= 0, index < bytes.count * 8 else { return .invalid(outside(index, bytes.count * 8)) }
                let bit = arguments.int64(2, row)
                guard bit == 0 || bit == 1 else { return .invalid("new bit must be 0 or 1") }
                var changed = Array(bytes)
                let mask: UInt8 = 1 << UInt8(index % 8)
                changed[Int(index / 8)] = bit == 1 ? changed[Int(index / 8)] | mask : changed[Int(index / 8)] & ~mask
                writer.append(bytes: changed)
                return .value(())
            }
        },
        LibraryEntry("||", group: .hash, "Both joined.", [.bytes, .bytes], .bytes) { _, _ in
            Kernels.texts { arguments, row, writer in
                writer.append(arguments.text(0, row))
                writer.append(arguments.text(1, row))
                return .value(())
            }
        },
        LibraryEntry(
            "substring", "substr", group: .hash, "So many bytes from one on, counted from 1.", [.bytes, .int, .int],
            optional: 1, .bytes
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let bytes = arguments.text(0, row)
                let start = arguments.int64(1, row) - 1
                var end = Int64(bytes.count)
                if arguments.count > 2 {
                    let length = arguments.int64(2, row)
                    if length < 0 { return .failure(.negativeSubstringLength) }
                    end = min(end, start + length)
                }
                let first = max(0, start)
                if first < end { writer.append(UnsafeRawBufferPointer(rebasing: bytes[Int(first)..<Int(end)])) }
                return .value(())
            }
        },
        LibraryEntry(
            "position", "strpos", group: .hash, "Where the second begins in the first, from 1; 0: nowhere.",
            [.bytes, .bytes], .int, mayFail: false
        ) { _, _ in
            Kernels.integers { arguments, row in
                .value(Kernels.find(arguments.text(1, row), in: arguments.text(0, row), from: 0).map { Int64($0) + 1 } ?? 0)
            }
        },
    ]
}

/// A way to write bytes as text.
enum ByteForm {
    case hex, base64, escape

    init?(_ name: UnsafeRawBufferPointer) {
        switch String(decoding: name, as: UTF8.self).lowercased() {
        case "hex": self = .hex
        case "base64": self = .base64
        case "escape": self = .escape
        default: return nil
        }
    }

    static func unknown<T>(_ name: UnsafeRawBufferPointer) -> RowValue<T> {
        .invalid("unrecognized encoding: \"\(String(decoding: name, as: UTF8.self))\"")
    }

    func append(_ bytes: UnsafeRawBufferPointer, to writer: ByteWriter) {
        switch self {
        case .hex: Digest.appendHex(bytes) { writer.append($0) }
        case .base64: ByteForm.appendBase64(bytes, lineLength: 76, to: writer)
        case .escape:
            for byte in bytes {
                if byte == 0 || byte >= 0x80 {
                    writer.append(UInt8(ascii: "\\"))
                    for shift in [6, 3, 0] as [UInt8] { writer.append(0x30 + (byte >> shift & 7)) }
                } else {
                    if byte == UInt8(ascii: "\\") { writer.append(byte) }
                    writer.append(byte)
                }
            }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func appendBase64(_ bytes: UnsafeRawBufferPointer, lineLength: Int?, to writer: ByteWriter) {
        var column = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            if let lineLength, column == lineLength {
                writer.append(0x0a)
                column = 0
            }
            let count = min(3, bytes.count - start)
            var word: UInt32 = 0
            for i in 0..<3 { word = word << 8 | (i < count ? UInt32(bytes[start + i]) : 0) }
            for i in 0..<4 {
                writer.append(i <= count ? alphabet[Int(word >> UInt32(18 - 6 * i) & 63)] : UInt8(ascii: "="))
            }
            column += 4
        }
    }

    /// What is wrong with the text, or nil.
    func read(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) -> String? {
        switch self {
        case .hex: ByteForm.readHex(text, writer)
        case .base64: ByteForm.readBase64(text, writer)
        case .escape: ByteForm.readEscape(text, writer)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

    private static func symbol(_ text: UnsafeRawBufferPointer, _ position: Int) -> String {
        let width = min(TextPattern.width(text[position]), text.count - position)
        return String(decoding: text[position..<position + width], as: UTF8.self)
    }

    private static func readHex(_ text: UnsafeRawBufferPointer, _ writer: ByteWriter) -> String? {
        var high: UInt8?
        for position in 0..<text.count where high != nil || !isSpace(text[position]) {
            let byte = text[position]
            let letter = byte | 0x20
            let digit: UInt8
            switch letter {
            case 0x30...0x39 where byte == letter: digit = byte - 0x30
            case 0x61...0x66: digit = letter - 0x57
            default: return "invalid hexadecimal digit: \"\(symbol(text, position))\""
            }
            if let first = high {
                writer.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? nil : "invalid hexadecimal data: odd number of digits"
    }

    private static func readBase64(_ text: UnsafeRawBufferPointer, _ writer: ByteWriter) -> String? {
        var word: UInt32 = 0
        var (digits, ends) = (0, 0)
        for position in 0..<text.count where !isSpace(text[position]) {
            let byte = text[position]
            var digit: UInt32 = 0
            if byte == UInt8(ascii: "=") {
                if ends == 0 {
                    guard digits == 2 || digits == 3 else { return "unexpected \"=\" while decoding base64 sequence" }
                    ends = 4 - digits
                }
            } else {
                guard let found = value(byte) else {
                    return "invalid symbol \"\(symbol(text, position))\" found while decoding base64 sequence"
                }
                digit = found
            }
            word = word << 6 | digit
            digits += 1
            if digits == 4 {
                writer.append(UInt8(truncatingIfNeeded: word >> 16))
                if ends < 2 { writer.append(UInt8(truncatingIfNeeded: word >> 8)) }
                if ends == 0 { writer.append(UInt8(truncatingIfNeeded: word)) }
                (word, digits) = (0, 0)
            }
        }
        return digits == 0 ? nil : "invalid base64 end sequence"
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5a: UInt32(byte - 0x41)
        case 0x61...0x7a: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }

    private static func readEscape(_ text: UnsafeRawBufferPointer, _ writer: ByteWriter) -> String? {
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte != UInt8(ascii: "\\") {
                writer.append(byte)
                position += 1
            } else if position + 3 < text.count, text[position + 1] >= 0x30, text[position + 1] <= 0x33,
                text[position + 2] & 0xf8 == 0x30, text[position + 3] & 0xf8 == 0x30
            {
                writer.append(
                    (text[position + 1] & 3) << 6 | (text[position + 2] & 7) << 3 | (text[position + 3] & 7))
                position += 4
            } else if position + 1 < text.count, text[position + 1] == byte {
                writer.append(byte)
                position += 2
            } else {
                return "invalid input syntax for type bytea"
            }
        }
        return nil
    }
}
