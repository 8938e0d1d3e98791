import MutstreamColumnar

/// Functions of arrays. Elements are compared by their encoded bytes, whose equality and order are those of the values.
extension Library {
    static let arrays: [LibraryEntry] = arraySizes + arraySearches + arrayChanges + arrayTexts + arraySets + series + maps

    /// Elements of one array as encoded, with their marks.
    struct EncodedElements {
        let bytes: UnsafeRawBufferPointer
        /// In order.
        var ranges: [Range<Int>] = []

        init(_ bytes: UnsafeRawBufferPointer, _ element: DataType) {
            self.bytes = bytes
            var reader = CompositeReader(bytes)
            while reader.isElement() {
                let start = reader.position
                reader.skipElement(element)
                ranges.append(start..<reader.position)
            }
        }

        var count: Int { ranges.count }

        subscript(index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[ranges[index]]) }

        func isNull(_ index: Int) -> Bool { ranges[index].count == 1 && bytes[ranges[index].lowerBound] == 2 }

        /// The numbers of the elements in their order; NULLs behind all values.
        func sorted() -> [Int] {
            ranges.indices.sorted { lhs, rhs in
                let order = Library.order(self[lhs], self[rhs])
                return order == 0 ? lhs < rhs : order < 0
            }
        }
    }

    /// Binary order: negative, 0 or positive.
    static func order(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        for (a, b) in zip(lhs, rhs) where a != b { return a < b ? -1 : 1 }
        return lhs.count - rhs.count
    }

    static func element(_ operand: Expression) -> DataType { operand.type.element ?? .text }

    /// The type of an array over all operands: that of the first which is one.
    static let elementOfFirst = LibraryEntry.Result.of("ELEMENT") { operands throws(TypeError) in element(operands[0]) }

    /// An array of which `write` appends the encoded elements, without its end.
    static func built(
        _ type: DataType, skipsNulls: Bool = true,
        _ write: @escaping (BatchReader, Int, CompositeWriter) throws(RowFault) -> Bool
    ) -> Kernel {
        let writer = CompositeWriter()
        return Kernels.rowwise(type, skipsNulls: skipsNulls) { reader, row, builder throws(RowFault) in
            writer.removeAll()
            guard try write(reader, row, writer) else { return }
            if writer.bytes.count > JSONText.maxBytes { throw RowFault(.resultTooLong) }
            writer.endArray()
            builder.append(text: writer.bytes)
        }
    }

    /// One operand of a row, encoded as an element.
    final class Needle {
        private let writer = CompositeWriter()

        func encode(_ column: ColumnReader, _ row: Int, _ type: DataType) -> UnsafeRawBufferPointer {
            writer.removeAll()
            writer.append(column, row, type)
            return writer.bytes
        }
    }

    // MARK: - Sizes

    /// Elements at a depth, counted from 1, following first elements; nil where there are none.
    private static func length(_ bytes: UnsafeRawBufferPointer, _ type: DataType, _ dimension: Int64) -> Int64? {
        guard case .array(let element) = type, dimension >= 1 else { return nil }
        var reader = CompositeReader(bytes)
        if dimension == 1 {
            let count = EncodedElements(bytes, element).count
            return count == 0 ? nil : Int64(count)
        }
        guard reader.isElement(), !reader.isNull() else { return nil }
        return length(reader.payload(element), element, dimension - 1)
    }

    /// Elements of arrays within arrays that are no arrays.
    private static func cardinality(_ bytes: UnsafeRawBufferPointer, _ type: DataType) -> Int64 {
        guard case .array(let element) = type else { return 0 }
        guard element.element != nil else { return Int64(EncodedElements(bytes, element).count) }
        var reader = CompositeReader(bytes)
        var count: Int64 = 0
        while reader.isElement() {
            if !reader.isNull() { count += cardinality(reader.payload(element), element) }
        }
        return count
    }

    private static func dimension(
        _ operands: [Expression], _ give: @escaping (Int64) -> Int64
    ) -> Kernel {
        let type = operands[0].type
        return Kernels.rowwise(.int) { reader, row, builder in
            if let length = length(reader[0].text(row), type, reader[1].int64(row)) { builder.append(int64: give(length)) }
        }
    }

    private static let arraySizes: [LibraryEntry] = [
        LibraryEntry(
            "cardinality", "array_size", group: .array, "How many elements an array has.", [.anyArray], .int, mayFail: false
        ) { operands, _ in
            let type = operands[0].type
            return Kernels.rowwise(.int) { reader, row, builder in
                builder.append(int64: cardinality(reader[0].text(row), type))
            }
        },
        LibraryEntry(
            "array_length", group: .array, "How many elements an array has.", [.anyArray], .int, mayFail: false
        ) { operands, _ in
            let type = element(operands[0])
            return Kernels.rowwise(.int) { reader, row, builder in
                builder.append(int64: Int64(EncodedElements(reader[0].text(row), type).count))
            }
        },
        LibraryEntry(
            "array_length", group: .array, "Elements of a dimension, counted from 1; NULL where it has none.",
            [.anyArray, .int], .int, mayFail: false
        ) { operands, _ in dimension(operands) { $0 } },
        LibraryEntry(
            "array_upper", group: .array, "The last number of a dimension.", [.anyArray, .int], .int, mayFail: false
        ) { operands, _ in dimension(operands) { $0 } },
        LibraryEntry(
            "array_lower", group: .array, "The first number of a dimension: 1.", [.anyArray, .int], .int, mayFail: false
        ) { operands, _ in dimension(operands) { _ in 1 } },
        LibraryEntry(
            "array_ndims", group: .array, "How many dimensions an array has; NULL if it is empty.", [.anyArray], .int,
            mayFail: false
        ) { operands, _ in
            let type = operands[0].type
            return Kernels.rowwise(.int) { reader, row, builder in
                var dimensions: Int64 = 0
                while length(reader[0].text(row), type, dimensions + 1) != nil { dimensions += 1 }
                if dimensions > 0 { builder.append(int64: dimensions) }
            }
        },
    ]

    // MARK: - Searches

    private static func position(_ operands: [Expression]) -> Kernel {
        let type = element(operands[0])
        let hasStart = operands.count > 2
        let needle = Needle()
        return Kernels.rowwise(.int, skipsNulls: false) { reader, row, builder throws(RowFault) in
            if reader[0].isNull(row) { return }
            if hasStart, reader[2].isNull(row) { throw RowFault("initial position must not be null") }
            let wanted = needle.encode(reader[1], row, type)
            let elements = EncodedElements(reader[0].text(row), type)
            let start = hasStart ? reader[2].int64(row) : 1
            for index in elements.ranges.indices where Int64(index) + 1 >= start {
                if order(elements[index], wanted) == 0 { return builder.append(int64: Int64(index) + 1) }
            }
        }
    }

    /// Whether each (`all`) or some of the second's elements is one of the first's; NULLs are none.
    private static func overlap(
        _ operands: [Expression], all: Bool, isReversed: Bool = false
    ) -> Kernel {
        let type = element(operands[0])
        return Kernels.rowwise(.boolean) { reader, row, builder in
            let own = EncodedElements(reader[isReversed ? 1 : 0].text(row), type)
            let wanted = EncodedElements(reader[isReversed ? 0 : 1].text(row), type)
            let (left, right) = (own.sorted(), wanted.sorted())
            var place = 0
            var result = all
            for index in right {
                let value = wanted[index]
                while place < left.count, order(own[left[place]], value) < 0 { place += 1 }
                let isThere = !wanted.isNull(index) && place < left.count && order(own[left[place]], value) == 0
                if isThere != all {
                    result = !all
                    break
                }
            }
            builder.append(bool: result)
        }
    }

    private static let arraySearches: [LibraryEntry] = [
        LibraryEntry(
            "array_position", group: .array, "The number of the first element that equals; perhaps from a number on.",
            [.anyArray, .anyElement, .int], optional: 1, .int
        ) { operands, _ in position(operands) },
        LibraryEntry(
            "array_positions", group: .array, "The numbers of all elements that equal.", [.anyArray, .anyElement],
            .type(.array(.int)), mayFail: false
        ) { operands, _ in
            let type = element(operands[0])
            let needle = Needle()
            return built(.array(.int), skipsNulls: false) { reader, row, writer in
                if reader[0].isNull(row) { return false }
                let wanted = needle.encode(reader[1], row, type)
                let elements = EncodedElements(reader[0].text(row), type)
                for index in elements.ranges.indices where order(elements[index], wanted) == 0 {
                    writer.append(int64: Int64(index) + 1)
                }
                return true
            }
        },
        LibraryEntry(
            "array_contains", group: .array, "Whether an element equals; NULL equals NULL.", [.anyArray, .anyElement],
            .boolean, mayFail: false
        ) { operands, _ in
            let type = element(operands[0])
            let needle = Needle()
            return Kernels.rowwise(.boolean, skipsNulls: false) { reader, row, builder in
                if reader[0].isNull(row) { return }
                let wanted = needle.encode(reader[1], row, type)
                let elements = EncodedElements(reader[0].text(row), type)
                builder.append(bool: elements.ranges.indices.contains { order(elements[$0], wanted) == 0 })
            }
        },
        LibraryEntry(
            "@>", group: .array, "Whether the first has all elements of the second.", [.anyArray, .anyArray], .boolean,
            mayFail: false
        ) { operands, _ in overlap(operands, all: true) },
        LibraryEntry(
            "<@", group: .array, "Whether the second has all elements of the first.", [.anyArray, .anyArray], .boolean,
            mayFail: false
        ) { operands, _ in overlap(operands, all: true, isReversed: true) },
        LibraryEntry(
            "&&", "arrays_overlap", "array_overlap", group: .array, "Whether both have an element in common.",
            [.anyArray, .anyArray], .boolean, mayFail: false
        ) { operands, _ in overlap(operands, all: false) },
    ]

    // MARK: - Texts

    private static func text(_ operands: [Expression]) -> Kernel {
        let type = operands[0].type
        let hasNull = operands.count > 2
        let (writer, scratch) = (ByteWriter(), ByteWriter())
        func append(
            _ bytes: UnsafeRawBufferPointer, _ type: DataType, _ row: Int, _ reader: BatchReader, _ isFirst: inout Bool
        ) {
            guard case .array(let element) = type else { return }
            var elements = CompositeReader(bytes)
            while elements.isElement() {
                if elements.isNull() {
                    guard hasNull, !reader[2].isNull(row) else { continue }
                    if !isFirst { writer.append(reader[1].text(row)) }
                    writer.append(reader[2].text(row))
                } else if element.element != nil {
                    append(elements.payload(element), element, row, reader, &isFirst)
                    continue
                } else {
                    if !isFirst { writer.append(reader[1].text(row)) }
                    let start = elements.payload(element)
                    scratch.removeAll()
                    scratch.append(1)
                    scratch.append(start)
                    var one = CompositeReader(scratch.bytes)
                    let value = one.element(element)
                    if element == .boolean {
                        writer.append(value == .bool(true) ? 0x74 : 0x66)
                    } else {
                        TextCodec.append(value, element, to: writer)
                    }
                }
                isFirst = false
            }
        }
        return Kernels.rowwise(.text, skipsNulls: false) { reader, row, builder throws(RowFault) in
            if reader[0].isNull(row) || reader[1].isNull(row) { return }
            writer.removeAll()
            var isFirst = true
            append(reader[0].text(row), type, row, reader, &isFirst)
            if writer.count > JSONText.maxBytes { throw RowFault(.resultTooLong) }
            builder.append(text: writer.bytes)
        }
    }

    private static func split(_ hasNull: Bool) -> Kernel {
        built(.textArray, skipsNulls: false) { reader, row, writer in
            if reader[0].isNull(row) { return false }
            let text = reader[0].text(row)
            func add(_ range: Range<Int>) {
                let part = UnsafeRawBufferPointer(rebasing: text[range])
                if hasNull, !reader[2].isNull(row), order(part, reader[2].text(row)) == 0 {
                    writer.appendNull()
                } else {
                    writer.append(text: part)
                }
            }
            if text.isEmpty { return true }
            if reader[1].isNull(row) {
                var start = 0
                while start < text.count {
                    let end = min(start + TextPattern.width(text[start]), text.count)
                    add(start..<end)
                    start = end
                }
                return true
            }
            let separator = reader[1].text(row)
            var start = 0
            while !separator.isEmpty, let found = Kernels.find(separator, in: text, from: start) {
                add(start..<found)
                start = found + separator.count
            }
            add(start..<text.count)
            return true
        }
    }

    private static let arrayTexts: [LibraryEntry] = [
        LibraryEntry(
            "array_to_string", "array_join", group: .array,
            "The elements with a text between; NULLs are left out or become the last argument.",
            [.anyArray, .text, .text], optional: 1, .text
        ) { operands, _ in text(operands) },
        LibraryEntry(
            "string_to_array", group: .array,
            "The parts between a separator, or all characters if it is NULL; parts that equal the last argument are NULL.",
            [.text, .text, .text], optional: 1, .textArray
        ) { operands, _ in split(operands.count > 2) },
    ]
}

extension DataType {
    fileprivate static let textArray = DataType.array(.text)
}
