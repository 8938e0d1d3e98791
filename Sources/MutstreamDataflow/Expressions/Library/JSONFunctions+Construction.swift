import MutstreamColumnar

/// JSON values made of other values.
extension Library {
    private static func normalized(_ writer: ByteWriter, _ builder: ColumnBuilder) throws(RowFault) {
        do throws(JSONTextError) {
            try JSONText.normalize(writer.bytes).withUnsafeBytes { builder.append(text: $0) }
        } catch {
            throw RowFault(error.message)
        }
    }

    private static func converted(_ operands: [Expression]) -> Kernel {
        let type = operands[0].type
        let (writer, encoder) = (ByteWriter(), JSONValueEncoder())
        return Kernels.rowwise(.json) { reader, row, builder throws(RowFault) in
            writer.removeAll()
            encoder.append(reader[0], row, type, to: writer)
            try normalized(writer, builder)
        }
    }

    private static func built(_ operands: [Expression], isObject: Bool) -> Kernel {
        let types = operands.map(\.type)
        let (writer, encoder) = (ByteWriter(), JSONValueEncoder())
        return Kernels.rowwise(.json, skipsNulls: false) { reader, row, builder throws(RowFault) in
            writer.removeAll()
            writer.append(isObject ? 0x7b : 0x5b)
            for (index, type) in types.enumerated() {
                if index > 0 { writer.append(isObject && index % 2 == 1 ? 0x3a : 0x2c) }
                if isObject, index % 2 == 0 {
                    if reader[index].isNull(row) { throw RowFault("argument \(index + 1): key must not be null") }
                    encoder.append(key: reader[index], row, type, to: writer)
                } else {
                    encoder.append(reader[index], row, type, to: writer)
                }
            }
            writer.append(isObject ? 0x7d : 0x5d)
            try normalized(writer, builder)
        }
    }

    private static func pairs(_ operands: [Expression]) throws(TypeError) -> DataType {
        if operands.count % 2 != 0 {
            throw TypeError("argument list must have even number of elements", hint: "give keys and values in turn")
        }
        for index in stride(from: 0, to: operands.count, by: 2) {
            if operands[index].type.isComposite || operands[index].type == .json {
                throw TypeError(
                    "key value must be scalar, not array, composite, or json", hint: "CAST the key to TEXT", argument: index)
            }
        }
        return .json
    }

    private static func object(_ operands: [Expression]) -> Kernel {
        let isOne = operands.count == 1
        return Kernels.rowwise(.json) { reader, row, builder throws(RowFault) in
            let first = reader[0].textArray(row)
            let second = isOne ? [] : reader[1].textArray(row)
            if isOne, first.count % 2 != 0 { throw RowFault("array must have even number of elements") }
            if !isOne, first.count != second.count { throw RowFault("mismatched array dimensions") }
            var members: [(key: [UInt8], value: [UInt8])] = []
            let writer = ByteWriter()
            func quoted(_ bytes: [UInt8]) -> [UInt8] {
                writer.removeAll()
                bytes.withUnsafeBytes { JSONText.append(string: $0, to: writer) }
                return Array(writer.bytes)
            }
            for index in stride(from: 0, to: first.count, by: isOne ? 2 : 1) {
                guard let key = first[index] else { throw RowFault("null value not allowed for object key") }
                let value = isOne ? first[index + 1] : second[index]
                members.append((quoted(key), value.map(quoted) ?? Array("null".utf8)))
            }
            writer.removeAll()
            JSONText.append(object: members, to: writer)
            try builder.append(json: writer)
        }
    }

    static let jsonConstruction: [LibraryEntry] = [
        LibraryEntry(
            "to_jsonb", "to_json", group: .json, "The value as JSON.", [.any], .type(.json)
        ) { operands, _ in converted(operands) },
        LibraryEntry(
            "row_to_json", group: .json, "The fields of a row as an object.", [.anyRow], .type(.json)
        ) { operands, _ in converted(operands) },
        LibraryEntry(
            "array_to_json", group: .json, "The elements as an array of JSON.", [.anyArray], .type(.json)
        ) { operands, _ in converted(operands) },
        LibraryEntry(
            "jsonb_build_array", "json_build_array", group: .json, "An array of the arguments.", [.any], optional: 1,
            isVariadic: true, .type(.json)
        ) { operands, _ in built(operands, isObject: false) },
        LibraryEntry(
            "jsonb_build_object", "json_build_object", group: .json, "An object of keys and values in turn.", [.any],
            optional: 1, isVariadic: true, .of("JSON") { operands throws(TypeError) in try pairs(operands) }
        ) { operands, _ in built(operands, isObject: true) },
        LibraryEntry(
            "jsonb_object", "json_object", group: .json, "An object of keys and values in turn.", [.textArray],
            .type(.json)
        ) { operands, _ in object(operands) },
        LibraryEntry(
            "jsonb_object", "json_object", group: .json, "An object of an array of keys and one of values.",
            [.textArray, .textArray], .type(.json)
        ) { operands, _ in object(operands) },
    ]
}

/// Writes values of any type as JSON, not yet in canonical form.
final class JSONValueEncoder {
    private let scratch = ByteWriter()
    private let element = CompositeWriter()

    func append(_ column: ColumnReader, _ row: Int, _ type: DataType, to writer: ByteWriter) {
        if column.isNull(row) { return writer.append("null") }
        if type == .text { return JSONText.append(string: column.text(row), to: writer) }
        if type == .json { return writer.append(column.text(row)) }
        element.removeAll()
        element.append(column, row, type)
        var reader = CompositeReader(element.bytes)
        append(&reader, type, to: writer)
    }

    /// A scalar as the key of a member.
    func append(key column: ColumnReader, _ row: Int, _ type: DataType, to writer: ByteWriter) {
        let key = ByteWriter(capacity: 64)
        append(column, row, type, to: key)
        if key.bytes.first == 0x22 { writer.append(key.bytes) } else { JSONText.append(string: key.bytes, to: writer) }
    }

    /// One element, NULL or not. Recurses as deep as the type.
    private func append(_ reader: inout CompositeReader, _ type: DataType, to writer: ByteWriter) {
        if reader.isNull() { return writer.append("null") }
        var isFirst = true
        func separate() {
            if !isFirst { writer.append(0x2c) }
            isFirst = false
        }
        switch type {
        case .boolean: TextCodec.append(bool: reader.bool(), to: writer)
        case .smallint, .int, .bigint: TextCodec.append(int64: reader.int64(), to: writer)
        case .decimal: TextCodec.append(decimal: reader.decimal(), scale: type.scale, to: writer)
        case .real, .double:
            let value = reader.double()
            if !value.isFinite { writer.append(0x22) }
            if type == .real {
                TextCodec.append(real: value, to: writer)
            } else {
                TextCodec.append(double: value, to: writer)
            }
            if !value.isFinite { writer.append(0x22) }
        case .text: reader.withText { JSONText.append(string: $0, to: writer) }
        case .json: reader.withText { writer.append($0) }
        case .timestamp, .timestamptz:
            writer.append(0x22)
            TextCodec.append(isoTimestamp: reader.int64(), to: writer)
            if type == .timestamptz { writer.append("+00:00") }
            writer.append(0x22)
        case .array(let element):
            writer.append(0x5b)
            while reader.isElement() {
                separate()
                append(&reader, element, to: writer)
            }
            writer.append(0x5d)
        case .row(let fields):
            writer.append(0x7b)
            for field in fields {
                separate()
                var name = field.name
                name.withUTF8 { JSONText.append(string: UnsafeRawBufferPointer($0), to: writer) }
                writer.append(0x3a)
                append(&reader, field.type, to: writer)
            }
            writer.append(0x7d)
        case .map(let key, let value):
            writer.append(0x7b)
            while reader.isElement() {
                separate()
                text(reader.element(key), key, to: writer)
                writer.append(0x3a)
                append(&reader, value, to: writer)
            }
            writer.append(0x7d)
        case .bytes, .date, .time, .interval, .uuid:
            // The mark before the payload is read already.
            switch type.physical {
            case .int64: text(.int64(reader.int64()), type, to: writer)
            case .decimal: text(.decimal(reader.decimal()), type, to: writer)
            case .interval: text(.interval(reader.interval()), type, to: writer)
            default: text(reader.withText { .bytes(Array($0)) }, type, to: writer)
            }
        }
    }

    private func text(_ value: Value, _ type: DataType, to writer: ByteWriter) {
        scratch.removeAll()
        TextCodec.append(value, type, to: scratch)
        JSONText.append(string: scratch.bytes, to: writer)
    }
}
