import MutstreamColumnar

/// What makes arrays, rows and maps and takes them apart. The types of the operands say which composites they are.
package enum CompositeFunction: Sendable, Hashable {
    /// The elements, of one type.
    case array
    /// The fields, in order.
    case row
    /// Keys and values in turn.
    case map
    /// Array and number, counted from 1; NULL outside.
    case element
    /// Array, then the bounds that are given.
    case slice(hasLower: Bool, hasUpper: Bool)
    /// Row and the number of the field, counted from 0.
    case field(Int)
    /// Map and key; NULL where it has none.
    case lookup
    /// Two arrays; NULL counts as none.
    case join
    /// An array and an element behind it.
    case append
    /// An element and an array behind it.
    case prepend
    /// A value and an array: whether the comparison holds for any, or all, of its elements.
    case anyOf(Comparison, isAll: Bool)

    /// The comparisons of ``Function``.
    package enum Comparison: Sendable, Hashable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

        init?(_ function: Function) {
            switch function {
            case .equal: self = .equal
            case .notEqual: self = .notEqual
            case .less: self = .less
            case .lessOrEqual: self = .lessOrEqual
            case .greater: self = .greater
            case .greaterOrEqual: self = .greaterOrEqual
            default: return nil
            }
        }

        var function: Function {
            switch self {
            case .equal: .equal
            case .notEqual: .notEqual
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            }
        }
    }
}

/// Arrays, rows and maps.
extension Kernels {
    static func composite(_ function: CompositeFunction, _ types: [DataType], _ result: DataType) -> Kernel {
        switch function {
        case .array: return construct(types, endsArray: true)
        case .row: return construct(types, endsArray: false)
        case .map: return .free(mapConstructor(types))
        case .element: return .free(element(result))
        case .slice(let hasLower, let hasUpper): return .free(slice(hasLower, hasUpper, result.element ?? .text))
        case .field(let number): return .free(field(number, types[0].fields ?? []))
        case .lookup: return .free(lookup(types[0], types[1], result))
        case .join: return .free(join)
        case .append: return .free(append(types[1], atFront: false))
        case .prepend: return .free(append(types[0], atFront: true))
        case .anyOf(let comparison, let isAll):
            return .free(anyOf(comparison.function, types[0], types[1].element ?? types[0], isAll))
        }
    }

    /// Each of `n` rows' bytes as `write` appends them from columns of `n`, or `count`, rows; NULL where it says false.
    private static func built(
        _ columns: [Column], count: Int? = nil, _ n: Int, _ write: (BatchReader, Int, CompositeWriter) -> Bool
    ) -> Column {
        let reader = BatchReader()
        reader.bind(columns, count: count ?? n)
        let writer = CompositeWriter()
        let builder = ColumnBuilder(DataType.text, capacity: n)
        for row in 0..<n {
            writer.removeAll()
            if write(reader, row, writer) { builder.append(text: writer.bytes) } else { builder.appendNull() }
        }
        reader.unbind()
        return builder.finish()
    }

    private static func construct(_ types: [DataType], endsArray: Bool) -> Kernel {
        .free { columns, n, _ in
            built(columns, n) { reader, row, writer in
                for (index, type) in types.enumerated() { writer.append(reader[index], row, type) }
                if endsArray { writer.endArray() }
                return true
            }
        }
    }

    private static func mapConstructor(_ types: [DataType]) -> FreeKernel {
        let map = MapBuilder()
        return { columns, n, faults in
            built(columns, n) { reader, row, writer in
                map.removeAll()
                for index in stride(from: 0, to: types.count - 1, by: 2) {
                    if reader[index].isNull(row) {
                        faults.add(row, .mapKeyNull)
                        return false
                    }
                    guard map.beginKey() else {
                        faults.add(row, .resultTooLong)
                        return false
                    }
                    map.keyWriter.append(reader[index], row, types[index])
                    map.beginValue()
                    map.valueWriter.append(reader[index + 1], row, types[index + 1])
                    map.endEntry()
                }
                map.finish(to: writer)
                return true
            }
        }
    }

    // MARK: - Access

    /// One value a row, of a type; `find` moves a reader before the element and says whether there is one.
    private static func picked(
        _ columns: [Column], _ n: Int, _ type: DataType,
        _ find: (inout CompositeReader, BatchReader, Int) -> Bool
    ) -> Column {
        let reader = BatchReader()
        reader.bind(columns, count: n)
        let builder = ColumnBuilder(type, capacity: n)
        for row in 0..<n {
            var isFound = false
            if !reader[0].isNull(row) {
                var elements = CompositeReader(reader[0].text(row))
                isFound = find(&elements, reader, row)
                if isFound { elements.append(type, to: builder) }
            }
            if !isFound { builder.appendNull() }
        }
        reader.unbind()
        return builder.finish()
    }

    private static func element(_ type: DataType) -> FreeKernel {
        { columns, n, _ in
            picked(columns, n, type) { elements, reader, row in
                if reader[1].isNull(row) { return false }
                var rest = reader[1].load(row, as: Int64.self)
                if rest < 1 { return false }
                while elements.isElement() {
                    rest -= 1
                    if rest == 0 { return true }
                    elements.skipElement(type)
                }
                return false
            }
        }
    }

    private static func field(_ number: Int, _ fields: [Field]) -> FreeKernel {
        { columns, n, _ in
            picked(columns, n, fields[number].type) { elements, _, _ in
                for field in fields[..<number] { elements.skipElement(field.type) }
                return true
            }
        }
    }

    private static func lookup(_ map: DataType, _ key: DataType, _ value: DataType) -> FreeKernel {
        let wanted = CompositeWriter()
        return { columns, n, _ in
            picked(columns, n, value) { elements, reader, row in
                if reader[1].isNull(row) { return false }
                wanted.removeAll()
                wanted.append(reader[1], row, key)
                let bytes = UnsafeRawBufferPointer(rebasing: wanted.bytes[1...])
                while elements.isElement() {
                    if !elements.isNull(), equalBytes(elements.payload(key), bytes) { return true }
                    elements.skipElement(value)
                }
                return false
            }
        }
    }

    private static func slice(_ hasLower: Bool, _ hasUpper: Bool, _ type: DataType) -> FreeKernel {
        { columns, n, _ in
            built(columns, n) { reader, row, writer in
                for index in columns.indices where reader[index].isNull(row) { return false }
                let lower = hasLower ? reader[1].load(row, as: Int64.self) : 1
                let upper = hasUpper ? reader[hasLower ? 2 : 1].load(row, as: Int64.self) : .max
                let bytes = reader[0].text(row)
                var elements = CompositeReader(bytes)
                var number: Int64 = 0
                while elements.isElement() {
                    let start = elements.position
                    elements.skipElement(type)
                    number += 1
                    if number > upper { break }
                    if number >= lower {
                        writer.append(encoded: UnsafeRawBufferPointer(rebasing: bytes[start..<elements.position]))
                    }
                }
                writer.endArray()
                return true
            }
        }
    }

    // MARK: - Concatenation

    private static var join: FreeKernel {
        { columns, n, _ in
            built(columns, n) { reader, row, writer in
                if reader[0].isNull(row), reader[1].isNull(row) { return false }
                for index in 0..<2 where !reader[index].isNull(row) {
                    writer.append(encoded: UnsafeRawBufferPointer(rebasing: reader[index].text(row).dropLast()))
                }
                writer.endArray()
                return true
            }
        }
    }

    private static func append(_ type: DataType, atFront: Bool) -> FreeKernel {
        { columns, n, _ in
            built(columns, n) { reader, row, writer in
                if atFront { writer.append(reader[0], row, type) }
                let array = reader[atFront ? 1 : 0]
                if !array.isNull(row) {
                    writer.append(encoded: UnsafeRawBufferPointer(rebasing: array.text(row).dropLast()))
                }
                if !atFront { writer.append(reader[1], row, type) }
                writer.endArray()
                return true
            }
        }
    }

    // MARK: - ANY and ALL

    /// Compares a value with all elements at once. NULL where no element decides and a side is NULL.
    private static func anyOf(_ function: Function, _ type: DataType, _ element: DataType, _ isAll: Bool) -> FreeKernel {
        let compare = compare(function, type, element)
        return { columns, n, faults in
            let (parts, counts) = flattened(columns[1], n, [element])
            var needles: [Int32] = []
            for row in 0..<n { needles += repeatElement(Int32(truncatingIfNeeded: row), count: counts[row]) }
            let needle = columns[0].gather(needles)
            guard case .bool(let holds) = compare(needle, parts[0], nil, needles.count, &faults) else { return columns[0] }
            var values = [Bool](repeating: isAll, count: n)
            var validity = Bitmap(count: n, repeating: true)
            var end = 0
            for row in 0..<n {
                end += counts[row]
                var sawNull = !columns[1].isValid(row)
                for index in end - counts[row]..<end {
                    if !needle.isValid(index) || !parts[0].isValid(index) {
                        sawNull = true
                    } else if holds[index] != isAll {
                        values[row] = !isAll
                    }
                }
                if values[row] == isAll, sawNull { validity[row] = false }
            }
            return .bool(values, validity.isAllOnes ? nil : validity)
        }
    }

    // MARK: - Casts

    /// Applies the cast of an element to a column.
    private static func applied(_ cast: Kernel, _ column: Column, _ faults: inout Faults) -> Column {
        guard case .unary(let compute) = cast else {
            if case .free(let compute) = cast { return compute([column], column.count, &faults) }
            return column
        }
        return Column(compute(column, column.validity, column.count, &faults), validity: column.validity)
    }

    /// Takes the elements of all rows as one column, and says how many each row has.
    private static func flattened(_ column: Column, _ n: Int, _ types: [DataType]) -> (parts: [Column], counts: [Int]) {
        let builders = types.map { ColumnBuilder($0, capacity: n) }
        var counts = [Int](repeating: 0, count: n)
        column.texts.withReader { reader in
            for row in 0..<n where column.isValid(row) {
                var elements = CompositeReader(reader.bytes(row))
                while elements.isElement() {
                    for (type, builder) in zip(types, builders) { elements.append(type, to: builder) }
                    counts[row] += 1
                }
            }
        }
        return (builders.map { $0.finish() }, counts)
    }

    /// The failures of elements as those of their rows, each row once; gives the validity without these rows.
    private static func report(_ inner: Faults, _ counts: [Int], _ validity: Bitmap?, _ faults: inout Faults) -> Bitmap? {
        if inner.rows.isEmpty { return validity }
        var bits = validity ?? Bitmap(count: counts.count, repeating: true)
        var (row, end) = (0, counts.first ?? 0)
        for failure in inner.rows.sorted(by: { $0.row < $1.row }) {
            while Int(failure.row) >= end, row + 1 < counts.count {
                row += 1
                end += counts[row]
            }
            if bits[row] { faults.add(row, failure.failure) }
            bits[row] = false
        }
        return bits
    }

    static func arrayCast(_ own: DataType, _ other: DataType) -> Kernel {
        let cast = cast(from: own, to: other)
        if case .pass = cast, own.physical == other.physical, !own.isComposite, own != .text { return .pass }
        return .free { columns, n, faults in
            let (parts, counts) = flattened(columns[0], n, [own])
            var inner = Faults()
            let elements = applied(cast, parts[0], &inner)
            let validity = report(inner, counts, exact(columns[0].validity, n), &faults)
            var end = 0
            return built([elements], count: elements.count, n) { reader, row, writer in
                end += counts[row]
                if !(validity?[row] ?? true) { return false }
                for index in end - counts[row]..<end { writer.append(reader[0], index, other) }
                writer.endArray()
                return true
            }
        }
    }

    static func mapCast(_ key: DataType, _ value: DataType, _ otherKey: DataType, _ otherValue: DataType) -> Kernel {
        let (keyCast, valueCast) = (cast(from: key, to: otherKey), cast(from: value, to: otherValue))
        return .free { columns, n, faults in
            let (parts, counts) = flattened(columns[0], n, [key, value])
            var inner = Faults()
            let keys = applied(keyCast, parts[0], &inner)
            let values = applied(valueCast, parts[1], &inner)
            let validity = report(inner, counts, exact(columns[0].validity, n), &faults)
            let map = MapBuilder()
            var end = 0
            return built([keys, values], count: keys.count, n) { reader, row, writer in
                end += counts[row]
                if !(validity?[row] ?? true) { return false }
                map.removeAll()
                for index in end - counts[row]..<end {
                    guard map.beginKey() else {
                        faults.add(row, .resultTooLong)
                        return false
                    }
                    map.keyWriter.append(reader[0], index, otherKey)
                    map.beginValue()
                    map.valueWriter.append(reader[1], index, otherValue)
                    map.endEntry()
                }
                map.finish(to: writer)
                return true
            }
        }
    }

    static func rowCast(_ own: [Field], _ other: [Field]) -> Kernel {
        let casts = zip(own, other).map { cast(from: $0.type, to: $1.type) }
        return .free { columns, n, faults in
            var parts: [Column] = []
            var failed = Faults()
            for (number, kernel) in casts.enumerated() {
                let part = field(number, own)([columns[0]], n, &failed)
                parts.append(applied(kernel, part, &failed))
            }
            let ones = [Int](repeating: 1, count: n)
            let validity = report(failed, ones, exact(columns[0].validity, n), &faults)
            return built(parts, n) { reader, row, writer in
                if !(validity?[row] ?? true) { return false }
                for (index, field) in other.enumerated() { writer.append(reader[index], row, field.type) }
                return true
            }
        }
    }
}
