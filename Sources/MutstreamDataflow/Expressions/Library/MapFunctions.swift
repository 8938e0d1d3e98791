import MutstreamColumnar

/// Functions of maps.
extension Library {
    private static func types(_ operand: Expression) -> (key: DataType, value: DataType) {
        if case .map(let key, let value) = operand.type { (key, value) } else { (.text, .text) }
    }

    private enum Part { case keys, values, entries }

    private static func listed(_ operands: [Expression], _ result: DataType, _ part: Part) -> Kernel {
        let (key, value) = types(operands[0])
        return built(result) { reader, row, writer in
            let bytes = reader[0].text(row)
            var entries = CompositeReader(bytes)
            while entries.isElement() {
                let start = entries.position
                entries.skipElement(key)
                let middle = entries.position
                entries.skipElement(value)
                switch part {
                case .keys: writer.append(encoded: UnsafeRawBufferPointer(rebasing: bytes[start..<middle]))
                case .values: writer.append(encoded: UnsafeRawBufferPointer(rebasing: bytes[middle..<entries.position]))
                case .entries:
                    writer.beginNested()
                    writer.append(encoded: UnsafeRawBufferPointer(rebasing: bytes[start..<entries.position]))
                }
            }
            return true
        }
    }

    /// A map of which `add` gives the entries, encoded with their marks.
    private static func made(
        _ type: DataType,
        _ list:
            @escaping (BatchReader, Int, (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(RowFault) -> Void)
            throws(RowFault) -> Void
    ) -> Kernel {
        let (map, writer) = (MapBuilder(), CompositeWriter())
        return Kernels.rowwise(type) { reader, row, builder throws(RowFault) in
            map.removeAll()
            writer.removeAll()
            try list(reader, row) { key, value throws(RowFault) in
                if key.first == 2 { throw RowFault(.mapKeyNull) }
                guard map.beginKey() else { throw RowFault(.resultTooLong) }
                map.keyWriter.append(encoded: key)
                map.beginValue()
                map.valueWriter.append(encoded: value)
                map.endEntry()
            }
            map.finish(to: writer)
            builder.append(text: writer.bytes)
        }
    }

    private static func each(
        _ bytes: UnsafeRawBufferPointer, _ types: (key: DataType, value: DataType),
        _ add: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(RowFault) -> Void
    ) throws(RowFault) {
        var entries = CompositeReader(bytes)
        while entries.isElement() {
            let start = entries.position
            entries.skipElement(types.key)
            let middle = entries.position
            entries.skipElement(types.value)
            try add(
                UnsafeRawBufferPointer(rebasing: bytes[start..<middle]),
                UnsafeRawBufferPointer(rebasing: bytes[middle..<entries.position]))
        }
    }

    private static func fromArrays(_ operands: [Expression], _ result: DataType) -> Kernel {
        let (key, value) = (element(operands[0]), element(operands[1]))
        return made(result) { reader, row, add throws(RowFault) in
            let keys = EncodedElements(reader[0].text(row), key)
            let values = EncodedElements(reader[1].text(row), value)
            guard keys.count == values.count else {
                throw RowFault("\(keys.count) keys and \(values.count) values: a map needs one value for each key")
            }
            for index in keys.ranges.indices { try add(keys[index], values[index]) }
        }
    }

    private static func entryTypes(_ operand: Expression) throws(TypeError) -> (key: DataType, value: DataType) {
        guard let fields = element(operand).fields, fields.count == 2 else {
            throw TypeError("map_from_entries needs an array of rows of two fields, found \(operand.type.name)", argument: 0)
        }
        return (fields[0].type, fields[1].type)
    }

    private static func isSame(_ operands: [Expression]) throws(TypeError) -> DataType {
        for (index, operand) in operands.enumerated() where operand.type != operands[0].type {
            throw TypeError(
                "maps of one type are expected, found \(operands[0].type.name) and \(operand.type.name)", argument: index)
        }
        return operands[0].type
    }

    private static func key(_ operands: [Expression]) throws(TypeError) -> Expression {
        try Typing.at(1) { () throws(TypeError) in
            try Typing.coerce(operands[1], to: types(operands[0]).key, context: .implicit)
        }
    }

    private static let lookup: @Sendable ([Expression]) throws(TypeError) -> Expression = { operands throws(TypeError) in
        try Typing.subscript(operands[0], operands[1])
    }

    static let maps: [LibraryEntry] = [
        LibraryEntry(
            "cardinality", "map_length", "map_size", group: .array, "How many entries a map has.", [.anyMap], .int,
            mayFail: false
        ) { operands, _ in
            let types = types(operands[0])
            return Kernels.rowwise(.int) { reader, row, builder throws(RowFault) in
                var count: Int64 = 0
                try each(reader[0].text(row), types) { _, _ throws(RowFault) in count += 1 }
                builder.append(int64: count)
            }
        },
        LibraryEntry(
            "map_keys", group: .array, "The keys in their order.", [.anyMap],
            .of("ANY[]") { operands throws(TypeError) in .array(types(operands[0]).key) }, mayFail: false
        ) { operands, result in listed(operands, result, .keys) },
        LibraryEntry(
            "map_values", group: .array, "The values in the order of their keys.", [.anyMap],
            .of("ANY[]") { operands throws(TypeError) in .array(types(operands[0]).value) }, mayFail: false
        ) { operands, result in listed(operands, result, .values) },
        LibraryEntry(
            "map_entries", group: .array, "Rows of key and value in the order of the keys.", [.anyMap],
            .of("STRUCT[]") { operands throws(TypeError) in
                let (key, value) = types(operands[0])
                return .array(.row([Field("key", key), Field("value", value)]))
            }
        ) { operands, result in listed(operands, result, .entries) },
        LibraryEntry(
            "map_from_arrays", "map_from_key_values", group: .array, "A map of an array of keys and one of values.",
            [.any, .any],
            .of("MAP") { operands throws(TypeError) in
                for (index, operand) in operands.enumerated() where operand.type.element == nil {
                    throw TypeError("map_from_arrays needs arrays, found \(operand.type.name)", argument: index)
                }
                return .map(element(operands[0]), element(operands[1]))
            }
        ) { operands, result in fromArrays(operands, result) },
        LibraryEntry(
            "map_from_entries", group: .array, "A map of rows of key and value.", [.anyArray],
            .of("MAP") { operands throws(TypeError) in
                let (key, value) = try entryTypes(operands[0])
                return .map(key, value)
            }
        ) { operands, result in
            guard case .map(let key, let value) = result else { return .pass }
            return made(result) { reader, row, add throws(RowFault) in
                var rows = CompositeReader(reader[0].text(row))
                while rows.isElement() {
                    if rows.isNull() { throw RowFault(.mapKeyNull) }
                    let start = rows.position
                    rows.skipElement(key)
                    let middle = rows.position
                    rows.skipElement(value)
                    try add(
                        UnsafeRawBufferPointer(rebasing: rows.bytes[start..<middle]),
                        UnsafeRawBufferPointer(rebasing: rows.bytes[middle..<rows.position]))
                }
            }
        },
        LibraryEntry(
            "map_cat", "map_union", "map_concat", group: .array, "The entries of both; of equal keys those of the second.",
            [.anyMap, .anyMap], .of("MAP") { operands throws(TypeError) in try isSame(operands) }
        ) { operands, result in
            let types = types(operands[0])
            return made(result) { reader, row, add throws(RowFault) in
                for side in 0..<2 { try each(reader[side].text(row), types, add) }
            }
        },
        LibraryEntry(
            "map_contains", "map_contains_key", group: .array, "Whether a map has a key.", [.anyMap, .any], result: "BOOLEAN"
        ) { operands throws(TypeError) in
            let key = try key(operands)
            return try Typing.call("array_contains", [try Typing.call("map_keys", [operands[0]]), key])
        },
        LibraryEntry(
            "element_at", "map_access", group: .array, "The value of a key; NULL where there is none.", [.anyMap, .any],
            result: "VALUE", rewrite: lookup),
        LibraryEntry(
            "element_at", group: .array, "The element of that number, counted from 1; NULL outside.", [.anyArray, .any],
            result: "ELEMENT", rewrite: lookup),
    ]
}
