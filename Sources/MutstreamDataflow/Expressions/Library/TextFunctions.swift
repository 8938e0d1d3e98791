import MutstreamColumnar

extension Library {
    static let text: [LibraryEntry] = textChanges + textPlaces + quoting

    private static func part(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[range])
    }

    // MARK: - Changes

    private static let textChanges: [LibraryEntry] = [
        LibraryEntry(
            "overlay", group: .text, "The characters from one on replaced: text, new part, start, length of the old part.",
            [.text, .text, .int, .int], optional: 1, .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let (text, new, start) = (arguments.text(0, row), arguments.text(1, row), arguments.int64(2, row))
                let length = arguments.count > 3 ? arguments.int64(3, row) : Kernels.characters(new)
                if start <= 0 { return .failure(.negativeSubstringLength) }
                if Int32(exactly: start + length) == nil { return .failure(.outOfRange(.int)) }
                writer.append(part(text, 0..<Kernels.offset(start - 1, text)))
                writer.append(new)
                writer.append(part(text, Kernels.offset(max(0, start + length - 1), text)..<text.count))
                return .value(())
            }
        },
        LibraryEntry(
            "translate", group: .text,
            "Each character of the second replaced by that of the third, or removed where the third is shorter.",
            [.text, .text, .text], .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                translate(arguments.text(0, row), arguments.string(1, row), arguments.string(2, row), writer)
                return .value(())
            }
        },
        hexadecimal(.int), hexadecimal(.bigint),
        LibraryEntry(
            "split_index", group: .text, "The part of that number, from 0, between separators, as in Flink; NULL: none.",
            [.text, .text, .int], .text, mayFail: false
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                let (text, separator) = (arguments.text(0, row), arguments.text(1, row))
                var left = arguments.int64(2, row)
                if left < 0 { return .null }
                var start = 0
                while !separator.isEmpty, let found = Kernels.find(separator, in: text, from: start) {
                    if left == 0 {
                        writer.append(part(text, start..<found))
                        return .value(())
                    }
                    left -= 1
                    start = found + separator.count
                }
                if left > 0 { return .null }
                writer.append(part(text, start..<text.count))
                return .value(())
            }
        },
        LibraryEntry(
            "regexp_escape", group: .text, "With a backslash before what a regular expression takes for a sign.", [.text],
            .text
        ) { _, _ in
            Kernels.texts { arguments, row, writer in
                for byte in arguments.text(0, row) {
                    if ".^$*+?()[]{}|\\".utf8.contains(byte) { writer.append(UInt8(ascii: "\\")) }
                    writer.append(byte)
                }
                return .value(())
            }
        },
    ]

    private static func hexadecimal(_ type: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry("to_hex", group: .text, "A number in hexadecimal.", [type], .text, mayFail: false) { _, _ in
            let isWide = type == .bigint
            return Kernels.texts { arguments, row, writer in
                let value = UInt64(bitPattern: arguments.int64(0, row))
                writer.append(String(isWide ? value : value & 0xffff_ffff, radix: 16))
                return .value(())
            }
        }
    }

    private static func translate(_ text: UnsafeRawBufferPointer, _ from: String, _ to: String, _ writer: ByteWriter) {
        let (from, to) = (Array(from.unicodeScalars), Array(to.unicodeScalars))
        var position = 0
        while position < text.count {
            let (scalar, width) = RegexAutomaton.decode(text, position)
            if let index = from.firstIndex(where: { $0.value == scalar }) {
                if index < to.count { writer.append(String(Character(to[index]))) }
            } else {
                writer.append(part(text, position..<position + width))
            }
            position += width
        }
    }

    // MARK: - Places

    private static func ends(_ text: UnsafeRawBufferPointer, _ end: UnsafeRawBufferPointer, atStart: Bool) -> Bool {
        guard text.count >= end.count else { return false }
        return Kernels.equalBytes(part(text, atStart ? 0..<end.count : text.count - end.count..<text.count), end)
    }

    private static let textPlaces: [LibraryEntry] = [
        LibraryEntry(
            "^@", group: .text, "Whether the first begins with the second.", [.text, .text], .boolean, mayFail: false
        ) {
            _, _ in Kernels.booleans { .value(ends($0.text(0, $1), $0.text(1, $1), atStart: true)) }
        },
        LibraryEntry(
            "startswith", group: .text, "Whether the first begins with the second, as in Flink.", [.text, .text], .boolean,
            mayFail: false
        ) { _, _ in Kernels.booleans { .value(ends($0.text(0, $1), $0.text(1, $1), atStart: true)) } },
        LibraryEntry(
            "ends_with", "endswith", group: .text, "Whether the first ends with the second.", [.text, .text], .boolean,
            mayFail: false
        ) { _, _ in Kernels.booleans { .value(ends($0.text(0, $1), $0.text(1, $1), atStart: false)) } },
        LibraryEntry(
            "locate", group: .text,
            "Where the first begins in the second, from a character on, as in Flink; 0: nowhere.",
            [.text, .text, .int], optional: 1, .int, mayFail: false
        ) { _, _ in
            Kernels.integers { arguments, row in
                let (wanted, text) = (arguments.text(0, row), arguments.text(1, row))
                let start = arguments.count > 2 ? arguments.int64(2, row) : 1
                if start < 1 || start - 1 > Kernels.characters(text) { return .value(0) }
                guard let found = Kernels.find(wanted, in: text, from: Kernels.offset(start - 1, text)) else {
                    return .value(0)
                }
                return .value(Kernels.characters(part(text, 0..<found)) + 1)
            }
        },
        LibraryEntry(
            "instr", group: .text, "Where the second begins in the first, from 1, as in Flink; 0: nowhere.", [.text, .text],
            result: "INT"
        ) { operands throws(TypeError) in try Typing.call("strpos", operands) },
    ]

    // MARK: - SQL texts

    private static func asText(_ name: String, _ summary: String) -> LibraryEntry {
        LibraryEntry(name, group: .text, summary, [.any], result: "TEXT") { operands throws(TypeError) in
            try Typing.call(name, [Typing.cast(Typing.resolveUntyped(operands[0]), to: .text)])
        }
    }

    private static let quoting: [LibraryEntry] = [
        LibraryEntry("quote_literal", group: .text, "As a literal in SQL.", [.text], .text) { _, _ in
            Kernels.texts { arguments, row, writer in
                SQLText.appendLiteral(arguments.text(0, row), to: writer)
                return .value(())
            }
        },
        asText("quote_literal", "As a literal in SQL."),
        LibraryEntry("quote_ident", group: .text, "As a name in SQL, in quotes if it needs them.", [.text], .text) { _, _ in
            Kernels.texts { arguments, row, writer in
                SQLText.appendName(arguments.text(0, row), to: writer)
                return .value(())
            }
        },
        LibraryEntry("quote_nullable", group: .text, "As a literal in SQL, or NULL.", [.text], result: "TEXT") {
            operands throws(TypeError) in
            try Typing.coalesce([Typing.call("quote_literal", operands), .literal(.text("NULL"), .text)])
        },
        asText("quote_nullable", "As a literal in SQL, or NULL."),
        LibraryEntry(
            "format", group: .text, "Arguments put into a text: `%s` as text, `%I` as a name, `%L` as a literal, `%%`.",
            [.text, .textual], optional: 1, isVariadic: true, .text
        ) { _, _ in .free(TextTemplate.kernel()) },
    ]
}

/// Literals and names as SQL writes them.
enum SQLText {
    /// In single quotes; with backslashes in PostgreSQL's `E'…'`.
    static func appendLiteral(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) {
        if text.contains(UInt8(ascii: "\\")) { writer.append(UInt8(ascii: "E")) }
        writer.append(UInt8(ascii: "'"))
        for byte in text {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { writer.append(byte) }
            writer.append(byte)
        }
        writer.append(UInt8(ascii: "'"))
    }

    /// In double quotes, unless it is a plain name in lower case that is no reserved word.
    static func appendName(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) {
        let isPlain =
            text.first.map { $0 == 0x5f || ($0 >= 0x61 && $0 <= 0x7a) } ?? false
            && text.allSatisfy { $0 == 0x5f || ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) }
            && !reserved.contains(String(decoding: text, as: UTF8.self))
        if isPlain { return writer.append(text) }
        writer.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { writer.append(byte) }
            writer.append(byte)
        }
        writer.append(UInt8(ascii: "\""))
    }

    /// The key words of PostgreSQL 15 that are no plain names.
    private static let reserved = Set(
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean \
        both case cast char character check coalesce collate collation column concurrently constraint create \
        cross current_catalog current_date current_role current_schema current_time current_timestamp \
        current_user dec decimal default deferrable desc distinct do else end except exists extract false \
        fetch float for foreign freeze from full grant greatest group grouping having ilike in initially \
        inner inout int integer intersect interval into is isnull join lateral leading least left like limit \
        localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric \
        offset on only or order out outer overlaps overlay placing position precision primary real \
        references returning right row select session_user setof similar smallint some substring symmetric \
        table tablesample then time timestamp to trailing treat trim true union unique user using values \
        varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists \
        xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.split(separator: " ").map(String.init))
}

/// `format(…)`: PostgreSQL's templates.
enum TextTemplate {
    static func kernel() -> FreeKernel {
        let builder = ColumnBuilder(DataType.text)
        let writer = ByteWriter()
        let piece = ByteWriter()
        return { columns, n, faults in
            RowArguments.with(columns) { arguments in
                for row in 0..<n {
                    writer.removeAll()
                    guard columns[0].isValid(row) else {
                        builder.appendNull()
                        continue
                    }
                    if let failure = append(arguments, row, piece, to: writer) {
                        builder.appendNull()
                        // An operand that failed is NULL here; its own failure goes before.
                        faults.add(row, failure)
                    } else {
                        builder.append(text: writer.bytes)
                    }
                }
            }
            return builder.finish()
        }
    }

    private static func append(
        _ arguments: RowArguments, _ row: Int, _ piece: ByteWriter, to writer: ByteWriter
    ) -> RowFailure? {
        let template = arguments.text(0, row)
        var position = 0
        var next = 1
        func number() -> Int? {
            let start = position
            var value = 0
            while position < template.count, template[position] >= 0x30, template[position] <= 0x39 {
                value = min(value * 10 + Int(template[position] - 0x30), 1 << 31)
                position += 1
            }
            return position > start ? value : nil
        }
        let unfinished = RowFailure.invalidArgument("unterminated format() type specifier")
        while position < template.count {
            let byte = template[position]
            position += 1
            if byte != UInt8(ascii: "%") {
                writer.append(byte)
                continue
            }
            guard position < template.count else { return unfinished }
            if template[position] == UInt8(ascii: "%") {
                writer.append(byte)
                position += 1
                continue
            }
            var index: Int?
            var width = 0
            var isLeft = false
            var hasWidth = false
            let start = position
            if let value = number() {
                guard position < template.count else { return unfinished }
                if value >= 1 << 31 { return .invalidArgument("number is out of range") }
                if template[position] == UInt8(ascii: "$") {
                    position += 1
                    index = value
                } else if template[start] != UInt8(ascii: "0") || value > 0 {
                    (width, hasWidth) = (value, true)
                } else {
                    (width, hasWidth) = (0, true)
                }
            }
            if index == 0 {
                return .invalidArgument("format specifies argument 0, but arguments are numbered from 1")
            }
            if !hasWidth {
                while position < template.count, template[position] == UInt8(ascii: "-") {
                    isLeft = true
                    position += 1
                }
                if position < template.count, template[position] == UInt8(ascii: "*") {
                    position += 1
                    var place = next
                    if let value = number() {
                        guard position < template.count, template[position] == UInt8(ascii: "$") else {
                            return .invalidArgument("width argument position must be ended by \"$\"")
                        }
                        position += 1
                        if value == 0 {
                            return .invalidArgument("format specifies argument 0, but arguments are numbered from 1")
                        }
                        place = value
                        next = place + 1
                    } else {
                        next += 1
                    }
                    guard place < arguments.count else { return .invalidArgument("too few arguments for format()") }
                    if arguments.columns[place].isValid(row) {
                        guard let value = try? TextCodec.parseInt32(arguments.text(place, row)) else {
                            return .invalidText(.int, arguments.string(place, row))
                        }
                        width = Int(value.magnitude)
                        if value < 0 { isLeft = true }
                    }
                } else if let value = number() {
                    width = value
                }
            }
            guard position < template.count else { return unfinished }
            if width > Kernels.resultBytesMax { return .resultTooLong }
            let kind = template[position]
            position += min(TextPattern.width(kind), template.count - position)
            guard kind == UInt8(ascii: "s") || kind == UInt8(ascii: "I") || kind == UInt8(ascii: "L") else {
                return .invalidArgument(
                    "unrecognized format() type specifier \"\(String(decoding: [kind], as: UTF8.self))\"")
            }
            let place = index ?? next
            next = place + 1
            guard place < arguments.count else { return .invalidArgument("too few arguments for format()") }
            piece.removeAll()
            if arguments.columns[place].isValid(row) {
                let text = arguments.text(place, row)
                switch kind {
                case UInt8(ascii: "s"): piece.append(text)
                case UInt8(ascii: "I"): SQLText.appendName(text, to: piece)
                default: SQLText.appendLiteral(text, to: piece)
                }
            } else if kind == UInt8(ascii: "I") {
                return .invalidArgument("null values cannot be formatted as an SQL identifier")
            } else if kind == UInt8(ascii: "L") {
                piece.append("NULL")
            }
            let missing = max(0, width - Int(Kernels.characters(piece.bytes)))
            if !isLeft { for _ in 0..<missing { writer.append(UInt8(ascii: " ")) } }
            writer.append(piece.bytes)
            if isLeft { for _ in 0..<missing { writer.append(UInt8(ascii: " ")) } }
            if writer.count > Kernels.resultBytesMax { return .resultTooLong }
        }
        return nil
    }
}
