import MutstreamColumnar

/// Arrays made from arrays.
extension Library {
    private static func composite(_ function: CompositeFunction, _ operands: [Expression], _ array: Int) -> Expression {
        Expression(.call(.composite(function), operands), operands[array].type)
    }

    /// Copies each element, or what `change` puts in its place: an element, or nothing.
    private static func mapped(
        _ operands: [Expression],
        _ change: @escaping (UnsafeRawBufferPointer, BatchReader, Int) -> UnsafeRawBufferPointer?
    ) -> Kernel {
        let (array, type) = (operands[0].type, element(operands[0]))
        return built(array, skipsNulls: false) { reader, row, writer in
            if reader[0].isNull(row) { return false }
            let elements = EncodedElements(reader[0].text(row), type)
            for index in elements.ranges.indices {
                if let kept = change(elements[index], reader, row) { writer.append(encoded: kept) }
            }
            return true
        }
    }

    /// The elements in another order or fewer of them, by their numbers.
    private static func chosen(
        _ operands: [Expression], _ choose: @escaping (EncodedElements, BatchReader, Int) throws(RowFault) -> [Int]
    ) -> Kernel {
        let (array, type) = (operands[0].type, element(operands[0]))
        return built(array) { reader, row, writer throws(RowFault) in
            let elements = EncodedElements(reader[0].text(row), type)
            for index in try choose(elements, reader, row) { writer.append(encoded: elements[index]) }
            return true
        }
    }

    /// - Parameter nullsFirst: nil: as PostgreSQL, where NULL is greater than all.
    private static func sorted(_ operands: [Expression], nullsFirst always: Bool? = nil) -> Kernel {
        let count = operands.count
        return chosen(operands) { elements, reader, row in
            let isDescending = count > 1 && reader[1].bool(row) != (always != nil)
            let all = elements.sorted()
            let values = all.filter { !elements.isNull($0) }
            let nulls = all.filter { elements.isNull($0) }
            let nullsFirst = count > 2 ? reader[2].bool(row) : always ?? isDescending
            let arranged = isDescending ? values.reversed() : values
            return nullsFirst ? nulls + arranged : arranged + nulls
        }
    }

    private static func extreme(_ operands: [Expression], _ result: DataType, isGreatest: Bool) -> Kernel {
        let type = element(operands[0])
        return Kernels.rowwise(result) { reader, row, builder in
            let elements = EncodedElements(reader[0].text(row), type)
            var best: Int?
            for index in elements.ranges.indices where !elements.isNull(index) {
                guard let other = best else {
                    best = index
                    continue
                }
                let order = order(elements[index], elements[other])
                if isGreatest ? order > 0 : order < 0 { best = index }
            }
            if let best {
                var one = CompositeReader(elements[best])
                one.append(type, to: builder)
            }
        }
    }

    private static func sum(_ operands: [Expression], _ result: DataType) -> Kernel {
        let type = element(operands[0])
        return Kernels.rowwise(result) { reader, row, builder throws(RowFault) in
            var elements = CompositeReader(reader[0].text(row))
            var (whole, real): (Int128, Double) = (0, 0)
            var isEmpty = true
            while elements.isElement() {
                if elements.isNull() { continue }
                isEmpty = false
                let next: Int128
                switch type.physical {
                case .int64: next = Int128(elements.int64())
                case .decimal: next = elements.decimal()
                default:
                    real += elements.double()
                    continue
                }
                let (sum, isOver) = whole.addingReportingOverflow(next)
                if isOver { throw RowFault(.outOfRange(result)) }
                whole = sum
            }
            if isEmpty { return }
            switch result.physical {
            case .double: builder.append(double: real)
            case .decimal:
                guard whole.magnitude < UInt128(Decimal.bound(38)) else { throw RowFault(.outOfRange(result)) }
                builder.append(decimal: whole)
            default:
                guard let narrow = Int64(exactly: whole) else { throw RowFault(.outOfRange(result)) }
                builder.append(int64: narrow)
            }
        }
    }

    private static let sumType = LibraryEntry.Result.of("NUMBER") { operands throws(TypeError) in
        let type = element(operands[0])
        switch type {
        case .smallint, .int: return .bigint
        case .bigint: return .decimal(precision: 38, scale: 0)
        case .decimal(_, let scale): return .decimal(precision: 38, scale: scale)
        case .real, .double: return .double
        default: throw TypeError("array_sum needs an array of numbers, found \(operands[0].type.name)", argument: 0)
        }
    }

    private static func fill(_ operands: [Expression], _ result: DataType) -> Kernel {
        let type = operands[0].type
        let needle = Needle()
        let isArray = operands[1].type.element != nil
        return built(result, skipsNulls: false) { reader, row, writer throws(RowFault) in
            if reader[1].isNull(row) {
                if isArray { throw RowFault("dimension array or low bound array cannot be null") }
                return false
            }
            var counts: [Int64] = []
            if isArray {
                var sizes = CompositeReader(reader[1].text(row))
                while sizes.isElement() {
                    if sizes.isNull() { throw RowFault("dimension values cannot be null") }
                    counts.append(sizes.int64())
                }
            } else {
                counts = [max(0, reader[1].int64(row))]
            }
            if counts.count > 1 { throw RowFault("array_fill makes arrays of one dimension, found \(counts.count)") }
            guard let count = counts.first else { return true }
            if count < 0 { throw RowFault("array size exceeds the maximum allowed") }
            let bytes = needle.encode(reader[0], row, type)
            guard count <= maxElements, count * Int64(bytes.count) <= Int64(JSONText.maxBytes) else {
                throw RowFault("array size exceeds the maximum allowed (\(maxElements))")
            }
            for _ in 0..<count { writer.append(encoded: bytes) }
            return true
        }
    }

    /// Elements that functions make out of a few numbers.
    static let maxElements: Int64 = 1_000_000

    private static func isNumber(_ operands: [Expression]) throws(TypeError) -> DataType { operands[0].type }

    static let arrayChanges: [LibraryEntry] = [
        LibraryEntry(
            "array_append", group: .array, "The array with an element behind it.", [.anyArray, .anyElement], result: "ANY[]"
        ) { operands throws(TypeError) in composite(.append, operands, 0) },
        LibraryEntry(
            "array_prepend", group: .array, "The array with an element before it.", [.anyElement, .anyArray],
            result: "ANY[]"
        ) { operands throws(TypeError) in composite(.prepend, operands, 1) },
        LibraryEntry(
            "array_cat", "array_concat", group: .array, "The elements of both.", [.anyArray, .anyArray], result: "ANY[]"
        ) { operands throws(TypeError) in composite(.join, operands, 0) },
        LibraryEntry(
            "array_remove", group: .array, "Without the elements that equal.", [.anyArray, .anyElement], .first,
            mayFail: false
        ) { operands, _ in
            let (type, needle) = (element(operands[0]), Needle())
            return mapped(operands) { bytes, reader, row in
                order(bytes, needle.encode(reader[1], row, type)) == 0 ? nil : bytes
            }
        },
        LibraryEntry(
            "array_replace", group: .array, "With the third argument in place of each element that equals the second.",
            [.anyArray, .anyElement, .anyElement], .first
        ) { operands, _ in
            let (type, needle, fresh) = (element(operands[0]), Needle(), Needle())
            return mapped(operands) { bytes, reader, row in
                order(bytes, needle.encode(reader[1], row, type)) == 0 ? fresh.encode(reader[2], row, type) : bytes
            }
        },
        LibraryEntry(
            "trim_array", group: .array, "Without its last elements.", [.anyArray, .int], .first
        ) { operands, _ in
            chosen(operands) { elements, reader, row throws(RowFault) in
                let count = reader[1].int64(row)
                guard count >= 0, count <= elements.count else {
                    throw RowFault("number of elements to trim must be between 0 and \(elements.count)")
                }
                return Array(0..<(elements.count - Int(count)))
            }
        },
        LibraryEntry(
            "array_reverse", group: .array, "From the last element to the first.", [.anyArray], .first, mayFail: false
        ) { operands, _ in chosen(operands) { elements, _, _ in elements.ranges.indices.reversed() } },
        LibraryEntry(
            "array_distinct", group: .array, "The first of each of equal elements.", [.anyArray], .first, mayFail: false
        ) { operands, _ in
            chosen(operands) { elements, _, _ in
                let sorted = elements.sorted()
                return sorted.indices.filter { place in
                    place == 0 || order(elements[sorted[place - 1]], elements[sorted[place]]) != 0
                }.map { sorted[$0] }.sorted()
            }
        },
        LibraryEntry(
            "array_sort", group: .array, "In rising order, NULLs last; perhaps falling; perhaps NULLs first.",
            [.anyArray, .boolean, .boolean], optional: 2, .first, mayFail: false
        ) { operands, _ in sorted(operands) },
        LibraryEntry(
            "sort_array", group: .array, "In rising order, NULLs first; or falling, if the second argument is FALSE.",
            [.anyArray, .boolean], optional: 1, .first, mayFail: false
        ) { operands, _ in sorted(operands, nullsFirst: true) },
        LibraryEntry(
            "array_min", group: .array, "The least element.", [.anyArray], elementOfFirst, mayFail: false
        ) { operands, result in extreme(operands, result, isGreatest: false) },
        LibraryEntry(
            "array_max", group: .array, "The greatest element.", [.anyArray], elementOfFirst, mayFail: false
        ) { operands, result in extreme(operands, result, isGreatest: true) },
        LibraryEntry(
            "array_sum", group: .array, "The sum of the elements.", [.anyArray], sumType
        ) { operands, result in sum(operands, result) },
        LibraryEntry(
            "array_fill", group: .array, "An array of one element so many times.", [.any, .type(.array(.int))],
            .of("ANY[]") { operands throws(TypeError) in .array(operands[0].type) }
        ) { operands, result in fill(operands, result) },
        LibraryEntry(
            "array_repeat", group: .array, "An array of one element so many times.", [.any, .int],
            .of("ANY[]") { operands throws(TypeError) in .array(operands[0].type) }
        ) { operands, result in fill(operands, result) },
    ]

    // MARK: - Two arrays as sets

    private enum SetOperation { case union, intersection, difference }

    /// The distinct elements of the first, or both, in order of their appearance. NULL equals NULL.
    private static func combined(_ operands: [Expression], _ operation: SetOperation) -> Kernel {
        let (array, type) = (operands[0].type, element(operands[0]))
        return built(array) { reader, row, writer in
            let own = EncodedElements(reader[0].text(row), type)
            let other = EncodedElements(reader[1].text(row), type)
            let (left, right) = (own.sorted(), other.sorted())
            var kept: [Int] = []
            var (place, last): (Int, Int?) = (0, nil)
            for index in left {
                if let last, order(own[last], own[index]) == 0 { continue }
                last = index
                while place < right.count, order(other[right[place]], own[index]) < 0 { place += 1 }
                let isThere = place < right.count && order(other[right[place]], own[index]) == 0
                if operation == .union || isThere == (operation == .intersection) { kept.append(index) }
            }
            for index in kept.sorted() { writer.append(encoded: own[index]) }
            guard operation == .union else { return true }
            var added: [Int] = []
            (place, last) = (0, nil)
            for index in right {
                if let last, order(other[last], other[index]) == 0 { continue }
                last = index
                while place < left.count, order(own[left[place]], other[index]) < 0 { place += 1 }
                if place == left.count || order(own[left[place]], other[index]) != 0 { added.append(index) }
            }
            for index in added.sorted() { writer.append(encoded: other[index]) }
            return true
        }
    }

    static let arraySets: [LibraryEntry] = [
        LibraryEntry(
            "array_union", group: .array, "The distinct elements of both.", [.anyArray, .anyArray], .first
        ) { operands, _ in combined(operands, .union) },
        LibraryEntry(
            "array_intersect", group: .array, "The distinct elements that are in both.", [.anyArray, .anyArray], .first,
            mayFail: false
        ) { operands, _ in combined(operands, .intersection) },
        LibraryEntry(
            "array_except", group: .array, "The distinct elements of the first that are not in the second.",
            [.anyArray, .anyArray], .first, mayFail: false
        ) { operands, _ in combined(operands, .difference) },
    ]
}
