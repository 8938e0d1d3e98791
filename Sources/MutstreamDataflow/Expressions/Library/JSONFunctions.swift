import MutstreamColumnar

/// Operators and functions of JSON. The operators are entries that bear their sign.
extension Library {
    static let json: [LibraryEntry] = jsonAccess + jsonTests + jsonEdits + jsonConstruction + jsonPaths + jsonSets

    /// Functions that give several rows in PostgreSQL and an array of them here: what a FROM clause spreads over rows.
    static let setReturning: Set<String> = [
        "json_object_keys", "jsonb_object_keys", "json_array_elements", "jsonb_array_elements",
        "json_array_elements_text", "jsonb_array_elements_text", "json_each", "jsonb_each", "json_each_text",
        "jsonb_each_text", "jsonb_path_query", "generate_series", "generate_subscripts",
        "regexp_matches", "regexp_split_to_table",
    ]

    // MARK: - Access

    private static func member(_ result: DataType) -> Kernel {
        let scratch = ByteWriter()
        return Kernels.rowwise(result) { reader, row, builder in
            let value = reader[0].json(row)
            guard value.kind == .object else { return }
            scratch.removeAll()
            JSONText.append(string: reader[1].text(row), to: scratch)
            guard let found = value.member(escaped: JSONView(scratch.bytes).stringBody) else { return }
            if result == .json { builder.append(text: found.bytes) } else { builder.append(textOf: found, scratch) }
        }
    }

    private static func element(_ result: DataType) -> Kernel {
        let scratch = ByteWriter()
        return Kernels.rowwise(result) { reader, row, builder in
            let (value, index) = (reader[0].json(row), reader[1].int64(row))
            // A scalar counts as an array of one element here, as in PostgreSQL.
            let isScalar = !value.kind.isContainer && (index == 0 || index == -1)
            guard let found = isScalar ? value : value.element(index) else { return }
            if result == .json { builder.append(text: found.bytes) } else { builder.append(textOf: found, scratch) }
        }
    }

    private static func path(_ result: DataType) -> Kernel {
        let scratch = ByteWriter()
        return Kernels.rowwise(result) { reader, row, builder in
            var value = reader[0].json(row)
            var steps = CompositeReader(reader[1].text(row))
            while steps.isElement() {
                if steps.isNull() { return }
                guard let next = steps.withText({ value.step($0, scratch) }) else { return }
                value = next
            }
            if result == .json { builder.append(text: value.bytes) } else { builder.append(textOf: value, scratch) }
        }
    }

    /// The path as further arguments.
    private static func steps(_ result: DataType, _ count: Int) -> Kernel {
        let scratch = ByteWriter()
        return Kernels.rowwise(result) { reader, row, builder in
            var value = reader[0].json(row)
            for index in 1..<max(count, 1) {
                guard let next = value.step(reader[index].text(row), scratch) else { return }
                value = next
            }
            if result == .json { builder.append(text: value.bytes) } else { builder.append(textOf: value, scratch) }
        }
    }

    private static let jsonAccess: [LibraryEntry] = [
        LibraryEntry(
            "->", "jsonb_object_field", "json_object_field", group: .json, "The member of a key.", [.anyJSON, .text],
            .type(.json), mayFail: false
        ) { _, _ in member(.json) },
        LibraryEntry(
            "->", "jsonb_array_element", "json_array_element", group: .json,
            "The element of an array, counted from 0; negative: from the end.", [.anyJSON, .bigint], .type(.json),
            mayFail: false
        ) { _, _ in element(.json) },
        LibraryEntry(
            "->>", "jsonb_object_field_text", "json_object_field_text", group: .json, "The member of a key as a text.",
            [.anyJSON, .text], .text, mayFail: false
        ) { _, _ in member(.text) },
        LibraryEntry(
            "->>", "jsonb_array_element_text", "json_array_element_text", group: .json,
            "The element of an array as a text.", [.anyJSON, .bigint], .text, mayFail: false
        ) { _, _ in element(.text) },
        LibraryEntry(
            "#>", group: .json, "The value at the end of a path of keys and numbers.", [.anyJSON, .textArray],
            .type(.json), mayFail: false
        ) { _, _ in path(.json) },
        LibraryEntry(
            "#>>", group: .json, "The value at the end of a path as a text.", [.anyJSON, .textArray], .text,
            mayFail: false
        ) { _, _ in path(.text) },
        LibraryEntry(
            "jsonb_extract_path", "json_extract_path", group: .json, "The value at the end of a path of keys and numbers.",
            [.anyJSON, .text], isVariadic: true, .type(.json), mayFail: false
        ) { operands, _ in steps(.json, operands.count) },
        LibraryEntry(
            "jsonb_extract_path_text", "json_extract_path_text", group: .json,
            "The value at the end of a path as a text.", [.anyJSON, .text], isVariadic: true, .text, mayFail: false
        ) { operands, _ in steps(.text, operands.count) },
        LibraryEntry(
            "jsonb_typeof", "json_typeof", group: .json, "object, array, string, number, boolean or null.", [.anyJSON],
            .text, mayFail: false
        ) { _, _ in
            Kernels.rowwise(.text) { reader, row, builder in builder.append(text: reader[0].json(row).kind.name.description)
            }
        },
        LibraryEntry(
            "jsonb_array_length", "json_array_length", group: .json, "How many elements an array has.", [.anyJSON], .int
        ) { _, _ in
            Kernels.rowwise(.int) { reader, row, builder throws(RowFault) in
                let value = reader[0].json(row)
                guard value.kind == .array else {
                    throw RowFault("cannot get array length of a \(value.kind == .object ? "non-array" : "scalar")")
                }
                builder.append(int64: Int64(value.count))
            }
        },
    ]

    // MARK: - Tests

    private static func contains(isReversed: Bool) -> Kernel {
        Kernels.rowwise(.boolean) { reader, row, builder in
            let (left, right) = (reader[0].json(row), reader[1].json(row))
            builder.append(bool: isReversed ? JSONText.contains(right, left) : JSONText.contains(left, right))
        }
    }

    private static func exists(all: Bool) -> Kernel {
        let scratch = ByteWriter()
        return Kernels.rowwise(.boolean) { reader, row, builder in
            let value = reader[0].json(row)
            var keys = CompositeReader(reader[1].text(row))
            var result = all
            while keys.isElement() {
                if keys.isNull() { continue }
                scratch.removeAll()
                keys.withText { JSONText.append(string: $0, to: scratch) }
                if JSONText.exists(value, quoted: scratch.bytes) != all {
                    result = !all
                    break
                }
            }
            builder.append(bool: result)
        }
    }

    private static let jsonTests: [LibraryEntry] = [
        LibraryEntry(
            "@>", "jsonb_contains", group: .json, "Whether the first has all that the second has.", [.anyJSON, .anyJSON],
            .boolean, mayFail: false
        ) { _, _ in contains(isReversed: false) },
        LibraryEntry(
            "<@", "jsonb_contained", group: .json, "Whether the second has all that the first has.", [.anyJSON, .anyJSON],
            .boolean, mayFail: false
        ) { _, _ in contains(isReversed: true) },
        LibraryEntry(
            "?", "jsonb_exists", group: .json, "Whether the text is a key, or an element of an array.", [.anyJSON, .text],
            .boolean, mayFail: false
        ) { _, _ in
            let scratch = ByteWriter()
            return Kernels.rowwise(.boolean) { reader, row, builder in
                scratch.removeAll()
                JSONText.append(string: reader[1].text(row), to: scratch)
                builder.append(bool: JSONText.exists(reader[0].json(row), quoted: scratch.bytes))
            }
        },
        LibraryEntry(
            "?|", "jsonb_exists_any", group: .json, "Whether one of the texts is a key or an element.",
            [.anyJSON, .textArray], .boolean, mayFail: false
        ) { _, _ in exists(all: false) },
        LibraryEntry(
            "?&", "jsonb_exists_all", group: .json, "Whether all of the texts are keys or elements.",
            [.anyJSON, .textArray], .boolean, mayFail: false
        ) { _, _ in exists(all: true) },
    ]

    // MARK: - Changes

    private static func edit(
        _ operands: [Expression], byDefault: Bool, _ edit: @escaping (Bool) -> JSONEdit
    ) -> Kernel {
        let hasFlag = operands.count > 3
        return rewritten { reader, row, writer throws(JSONTextError) in
            try JSONText.edit(
                reader[0].json(row), reader[1].textArray(row), edit(hasFlag ? reader[3].bool(row) : byDefault),
                reader[2].json(row), to: writer)
        }
    }

    private static func rewritten(
        _ write: @escaping (BatchReader, Int, ByteWriter) throws(JSONTextError) -> Void
    ) -> Kernel {
        let writer = ByteWriter()
        return Kernels.rowwise(.json) { reader, row, builder throws(RowFault) in
            writer.removeAll()
            try jsonFault { () throws(JSONTextError) in try write(reader, row, writer) }
            try builder.append(json: writer)
        }
    }

    private static func quoted(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        let writer = ByteWriter()
        JSONText.append(string: text, to: writer)
        return Array(writer.bytes)
    }

    private static let jsonEdits: [LibraryEntry] = [
        LibraryEntry(
            "||", "jsonb_concat", group: .json, "The members of both objects, or the elements of both arrays.",
            [.anyJSON, .anyJSON], .type(.json)
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                JSONText.concatenate(reader[0].json(row), reader[1].json(row), to: writer)
            }
        },
        LibraryEntry(
            "-", "jsonb_delete", group: .json, "Without a member, or without the elements that are this text.",
            [.anyJSON, .text], .type(.json)
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                try JSONText.delete(reader[0].json(row), quoted: [quoted(reader[1].text(row))], to: writer)
            }
        },
        LibraryEntry(
            "-", "jsonb_delete", group: .json, "Without one element; negative: counted from the end.", [.anyJSON, .int],
            .type(.json)
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                try JSONText.delete(reader[0].json(row), index: reader[1].int64(row), to: writer)
            }
        },
        LibraryEntry(
            "-", "jsonb_delete", group: .json, "Without the members of these keys.", [.anyJSON, .textArray], .type(.json)
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                let keys = reader[1].textArray(row).compactMap { $0?.withUnsafeBytes { quoted($0) } }
                try JSONText.delete(reader[0].json(row), quoted: Set(keys), to: writer)
            }
        },
        LibraryEntry(
            "#-", "jsonb_delete_path", group: .json, "Without what is at the end of a path.", [.anyJSON, .textArray],
            .type(.json)
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                try JSONText.edit(reader[0].json(row), reader[1].textArray(row), .delete, nil, to: writer)
            }
        },
        LibraryEntry(
            "jsonb_set", group: .json,
            "With another value at the end of a path; the last argument says whether it is added.",
            [.anyJSON, .textArray, .anyJSON, .boolean], optional: 1, .type(.json)
        ) { operands, _ in edit(operands, byDefault: true) { .set(creates: $0) } },
        LibraryEntry(
            "jsonb_insert", group: .json, "With one value more, before or behind the one at the end of a path.",
            [.anyJSON, .textArray, .anyJSON, .boolean], optional: 1, .type(.json)
        ) { operands, _ in edit(operands, byDefault: false) { .insert(after: $0) } },
        LibraryEntry(
            "jsonb_strip_nulls", "json_strip_nulls", group: .json, "Without the members that are null, at every depth.",
            [.anyJSON], .type(.json), mayFail: false
        ) { _, _ in
            rewritten { reader, row, writer throws(JSONTextError) in
                JSONText.stripNulls(reader[0].json(row), to: writer)
            }
        },
        LibraryEntry(
            "jsonb_pretty", group: .json, "The text over several lines.", [.anyJSON], .text
        ) { _, _ in
            let writer = ByteWriter()
            return Kernels.rowwise(.text) { reader, row, builder throws(RowFault) in
                writer.removeAll()
                JSONText.pretty(reader[0].json(row), to: writer)
                if writer.count > JSONText.maxBytes { throw RowFault(.resultTooLong) }
                builder.append(text: writer.bytes)
            }
        },
    ]
}

extension Typing {
    /// Whether a function gives several rows in PostgreSQL: here it gives an array of them, which a query unnests.
    package static func isSetReturning(_ name: String) -> Bool { Library.setReturning.contains(name) }
}
