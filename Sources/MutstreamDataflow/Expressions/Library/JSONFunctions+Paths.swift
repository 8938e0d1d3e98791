import MutstreamColumnar

/// Functions that take a path of SQL/JSON, and those that give arrays of the parts of a value.
extension Library {
    /// The compiled path of the last row: usually that of all rows.
    private final class PathCache {
        private var text: [UInt8] = []
        private var compiled: JSONPathRun?

        func run(_ bytes: UnsafeRawBufferPointer) throws(RowFault) -> JSONPathRun {
            if let compiled, text.elementsEqual(bytes) { return compiled }
            do throws(JSONPathError) {
                let fresh = JSONPathRun(try JSONPath(bytes))
                compiled = fresh
                text = Array(bytes)
                return fresh
            } catch {
                throw RowFault(error.message)
            }
        }
    }

    /// Refuses a constant text that is no path.
    private static func path(_ result: DataType) -> LibraryEntry.Result {
        .of(result.name) { operands throws(TypeError) in
            if operands.count > 1, case .text(let text)? = operands[1].literalValue {
                do throws(JSONPathError) { _ = try JSONPath(text) } catch { throw TypeError(error.message, argument: 1) }
            }
            return result
        }
    }

    private typealias PathBody = (JSONPathRun, JSONView, JSONView?, ColumnBuilder) throws(JSONPathError) -> Void

    /// JSON, path and perhaps variables and whether errors are NULL.
    private static func pathKernel(
        _ operands: [Expression], _ result: DataType, isSilent: Bool = false, _ body: @escaping PathBody
    ) -> Kernel {
        let cache = PathCache()
        let count = operands.count
        return Kernels.rowwise(result) { reader, row, builder throws(RowFault) in
            let run = try cache.run(reader[1].text(row))
            let isQuiet = isSilent || (count > 3 && reader[3].bool(row))
            do throws(JSONPathError) {
                try body(run, reader[0].json(row), count > 2 ? reader[2].json(row) : nil, builder)
            } catch {
                if !isQuiet { throw RowFault(error.message) }
                if builder.count > row { builder.truncate(to: row) }
            }
        }
    }

    private static func exists(_ operands: [Expression], isSilent: Bool) -> Kernel {
        pathKernel(operands, .boolean, isSilent: isSilent) { run, value, variables, builder throws(JSONPathError) in
            builder.append(bool: try run.exists(value, variables: variables))
        }
    }

    private static func match(_ operands: [Expression], isSilent: Bool) -> Kernel {
        pathKernel(operands, .boolean, isSilent: isSilent) { run, value, variables, builder throws(JSONPathError) in
            if let result = try run.match(value, variables: variables) { builder.append(bool: result) }
        }
    }

    /// All items as an array: of JSON or, `asJSON`, one JSON value. Where errors are NULL, the items before the error.
    private static func query(_ operands: [Expression], asJSON: Bool) -> Kernel {
        let cache = PathCache()
        let count = operands.count
        let (writer, elements) = (ByteWriter(), CompositeWriter())
        return Kernels.rowwise(asJSON ? .json : .array(.json)) { reader, row, builder throws(RowFault) in
            let run = try cache.run(reader[1].text(row))
            writer.removeAll()
            elements.removeAll()
            writer.append(0x5b)
            do throws(JSONPathError) {
                try run.query(reader[0].json(row), variables: count > 2 ? reader[2].json(row) : nil) { item in
                    if asJSON {
                        if writer.count > 1 { writer.append(", ") }
                        if writer.count <= JSONText.maxBytes { writer.append(item.bytes) }
                    } else if elements.bytes.count <= JSONText.maxBytes {
                        elements.append(text: item.bytes)
                    }
                }
            } catch {
                if count <= 3 || !reader[3].bool(row) { throw RowFault(error.message) }
            }
            if asJSON {
                writer.append(0x5d)
                try builder.append(json: writer)
            } else {
                if elements.bytes.count > JSONText.maxBytes { throw RowFault(.resultTooLong) }
                elements.endArray()
                builder.append(text: elements.bytes)
            }
        }
    }

    private static func first(_ operands: [Expression]) -> Kernel {
        let cache = PathCache()
        let count = operands.count
        return Kernels.rowwise(.json) { reader, row, builder throws(RowFault) in
            let run = try cache.run(reader[1].text(row))
            var isFound = false
            do throws(JSONPathError) {
                try run.query(reader[0].json(row), variables: count > 2 ? reader[2].json(row) : nil) { item in
                    if !isFound { builder.append(text: item.bytes) }
                    isFound = true
                }
            } catch {
                if count <= 3 || !reader[3].bool(row) { throw RowFault(error.message) }
            }
        }
    }

    /// The only item of a path in a JSON value or a text that holds one; where there is none, or an error, NULL.
    private static func single(
        _ operands: [Expression], _ result: DataType, _ body: @escaping (JSONView?, Int, ColumnBuilder) -> Void
    ) -> Kernel {
        let cache = PathCache()
        let isText = operands[0].type == .text
        return Kernels.rowwise(result) { reader, row, builder throws(RowFault) in
            let run = try cache.run(reader[1].text(row))
            func find(_ value: UnsafeRawBufferPointer) {
                var found: JSONView?
                var count = 0
                do throws(JSONPathError) {
                    try run.query(JSONView(value)) { item in
                        if count == 0 { found = item }
                        count += 1
                    }
                    body(found, count, builder)
                } catch {
                    body(nil, 0, builder)
                }
            }
            if !isText { return find(reader[0].text(row)) }
            guard let value = try? JSONText.normalize(reader[0].text(row)) else { return body(nil, 0, builder) }
            value.withUnsafeBytes { find($0) }
        }
    }

    private static func value(_ operands: [Expression]) -> Kernel {
        let scratch = ByteWriter()
        return single(operands, .text) { item, count, builder in
            if count == 1, let item, !item.kind.isContainer { builder.append(textOf: item, scratch) }
        }
    }

    private static func container(_ operands: [Expression], _ result: DataType) -> Kernel {
        single(operands, result) { item, count, builder in
            if count == 1, let item, item.kind.isContainer { builder.append(text: item.bytes) }
        }
    }

    private static func isThere(_ operands: [Expression]) -> Kernel {
        single(operands, .boolean) { _, count, builder in builder.append(bool: count > 0) }
    }

    /// What a path finds: 0 a scalar, 1 nothing, 2 an object or array, 3 several items, 4 a failure, 5 a null. A bit of the
    /// last operand says which of these fails the row.
    private static func state(_ operands: [Expression]) -> Kernel {
        let cache = PathCache()
        let isText = operands[0].type == .text
        return Kernels.rowwise(.int) { reader, row, builder throws(RowFault) in
            let run = try cache.run(reader[1].text(row))
            var state: Int64 = 1
            func find(_ value: UnsafeRawBufferPointer) {
                var count = 0
                do throws(JSONPathError) {
                    try run.query(JSONView(value)) { item in
                        count += 1
                        state = count > 1 ? 3 : item.kind == .null ? 5 : item.kind.isContainer ? 2 : 0
                    }
                } catch {
                    state = 4
                }
            }
            if !isText {
                find(reader[0].text(row))
            } else if let value = try? JSONText.normalize(reader[0].text(row)) {
                value.withUnsafeBytes { find($0) }
            } else {
                state = 4
            }
            if reader[2].load(row, as: Int64.self) >> state & 1 == 1 {
                switch state {
                case 1: throw RowFault("no SQL/JSON item found for specified path")
                case 3: throw RowFault("the JSON path gives several items where one is expected")
                case 4: throw RowFault("the JSON path fails")
                default: throw RowFault("the JSON path gives an item of another kind than is expected")
                }
            }
            builder.append(int64: state)
        }
    }

    private static let stateSummary =
        "What a path finds: 0 a scalar, 1 nothing, 2 an object or array, 3 several items, 4 a failure, 5 a null; it fails where "
        + "the third has the bit of that number."

    private static let withVariables: [LibraryEntry.Parameter] = [.anyJSON, .text, .anyJSON, .boolean]

    static let jsonPaths: [LibraryEntry] = [
        LibraryEntry("json_path_state", group: .json, stateSummary, [.text, .text, .int], path(.int)) { operands, _ in
            state(operands)
        },
        LibraryEntry("json_path_state", group: .json, stateSummary, [.anyJSON, .text, .int], path(.int)) { operands, _ in
            state(operands)
        },
        LibraryEntry(
            "@?", group: .json, "Whether a path has an item; NULL where it fails.", [.anyJSON, .text], path(.boolean)
        ) { operands, _ in exists(operands, isSilent: true) },
        LibraryEntry(
            "@@", group: .json, "The value of a path that is a condition; NULL where it fails.", [.anyJSON, .text],
            path(.boolean)
        ) { operands, _ in match(operands, isSilent: true) },
        LibraryEntry(
            "jsonb_path_exists", group: .json, "Whether a path has an item.", withVariables, optional: 2, path(.boolean)
        ) { operands, _ in exists(operands, isSilent: false) },
        LibraryEntry(
            "jsonb_path_match", group: .json, "The value of a path that is a condition.", withVariables, optional: 2,
            path(.boolean)
        ) { operands, _ in match(operands, isSilent: false) },
        LibraryEntry(
            "jsonb_path_query_first", group: .json, "The first item of a path.", withVariables, optional: 2, path(.json)
        ) { operands, _ in first(operands) },
        LibraryEntry(
            "jsonb_path_query_array", group: .json, "All items of a path as a JSON array.", withVariables, optional: 2,
            path(.json)
        ) { operands, _ in query(operands, asJSON: true) },
        LibraryEntry(
            "jsonb_path_query", group: .json, "All items of a path.", withVariables, optional: 2,
            path(.array(.json))
        ) { operands, _ in query(operands, asJSON: false) },
        LibraryEntry(
            "json_value", group: .json, "The scalar at a path as a text; NULL where there is none.", [.text, .text],
            path(.text)
        ) { operands, _ in value(operands) },
        LibraryEntry(
            "json_value", group: .json, "The scalar at a path as a text; NULL where there is none.", [.anyJSON, .text],
            path(.text)
        ) { operands, _ in value(operands) },
        LibraryEntry(
            "json_query", group: .json, "The object or array at a path; NULL where there is none.", [.text, .text],
            path(.text)
        ) { operands, result in container(operands, result) },
        LibraryEntry(
            "json_query", group: .json, "The object or array at a path; NULL where there is none.", [.anyJSON, .text],
            path(.json)
        ) { operands, result in container(operands, result) },
        LibraryEntry(
            "json_exists", group: .json, "Whether a path has an item; FALSE for a text that is no JSON.", [.text, .text],
            path(.boolean)
        ) { operands, _ in isThere(operands) },
        LibraryEntry(
            "json_exists", group: .json, "Whether a path has an item.", [.anyJSON, .text], path(.boolean)
        ) { operands, _ in isThere(operands) },
    ]

    // MARK: - Parts as arrays

    private static func list(
        _ type: DataType, _ wanted: JSONKind, _ refusal: @escaping (JSONKind) -> String,
        _ write: @escaping (JSONView, CompositeWriter) -> Void
    ) -> Kernel {
        let writer = CompositeWriter()
        return Kernels.rowwise(type) { reader, row, builder throws(RowFault) in
            let value = reader[0].json(row)
            guard value.kind == wanted else { throw RowFault(refusal(value.kind)) }
            writer.removeAll()
            write(value, writer)
            writer.endArray()
            builder.append(text: writer.bytes)
        }
    }

    private static func append(textOf view: JSONView, _ scratch: ByteWriter, to writer: CompositeWriter) {
        if view.kind == .null { return writer.appendNull() }
        scratch.removeAll()
        view.appendText(to: scratch)
        writer.append(text: scratch.bytes)
    }

    private static func elements(_ type: DataType) -> Kernel {
        let scratch = ByteWriter()
        return list(
            .array(type), .array,
            { $0 == .object ? "cannot extract elements from an object" : "cannot extract elements from a scalar" }
        ) { value, writer in
            var elements = value.elements
            while let element = elements.next() {
                if type == .json {
                    writer.append(text: element.bytes)
                } else {
                    append(textOf: element, scratch, to: writer)
                }
            }
        }
    }

    private static func members(_ type: DataType) -> DataType { .array(.row([Field("key", .text), Field("value", type)])) }

    private static func each(_ type: DataType, _ name: String) -> Kernel {
        let scratch = ByteWriter()
        return list(members(type), .object, { _ in "cannot call \(name) on a non-object" }) { value, writer in
            var all = value.members
            while let (key, member) = all.next() {
                writer.beginNested()
                scratch.removeAll()
                JSONText.appendUnescaped(key, to: scratch)
                writer.append(text: scratch.bytes)
                if type == .json {
                    writer.append(text: member.bytes)
                } else {
                    append(textOf: member, scratch, to: writer)
                }
            }
        }
    }

    static let jsonSets: [LibraryEntry] = [
        LibraryEntry(
            "jsonb_object_keys", "json_object_keys", group: .json, "The keys of an object.", [.anyJSON], .textArray
        ) { _, _ in
            let scratch = ByteWriter()
            let refusal: (JSONKind) -> String = {
                "cannot call jsonb_object_keys on \($0 == .array ? "an array" : "a scalar")"
            }
            return list(.array(.text), .object, refusal) { value, writer in
                var members = value.members
                while let (key, _) = members.next() {
                    scratch.removeAll()
                    JSONText.appendUnescaped(key, to: scratch)
                    writer.append(text: scratch.bytes)
                }
            }
        },
        LibraryEntry(
            "jsonb_array_elements", "json_array_elements", group: .json, "The elements of an array.", [.anyJSON],
            .type(.array(.json))
        ) { _, _ in elements(.json) },
        LibraryEntry(
            "jsonb_array_elements_text", "json_array_elements_text", group: .json, "The elements of an array as texts.",
            [.anyJSON], .textArray
        ) { _, _ in elements(.text) },
        LibraryEntry(
            "jsonb_each", "json_each", group: .json, "Keys and values of an object.", [.anyJSON], .type(members(.json))
        ) { _, _ in each(.json, "jsonb_each") },
        LibraryEntry(
            "jsonb_each_text", "json_each_text", group: .json, "Keys and values of an object, as texts.", [.anyJSON],
            .type(members(.text))
        ) { _, _ in each(.text, "jsonb_each_text") },
    ]
}
