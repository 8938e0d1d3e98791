import MutstreamColumnar

/// Arrays, rows and maps: how they are made and taken apart.
extension Typing {
    private static func made(_ function: CompositeFunction, _ operands: [Expression], _ type: DataType) -> Expression {
        Expression(.call(.composite(function), operands), type)
    }

    /// A type that nests too deep is refused here, before anything recurses over it.
    private static func checked(_ type: DataType) throws(TypeError) -> DataType {
        if type.depth > DataType.maxDepth { throw TypeError("types nest deeper than \(DataType.maxDepth) levels") }
        return type
    }

    /// `ARRAY[a, b]`. Of no elements: an untyped literal, which becomes the array type that its surroundings want.
    package static func array(_ elements: [Expression]) throws(TypeError) -> Expression {
        if elements.isEmpty { return .string("{}") }
        let element = try commonType(elements)
        return made(.array, try coerceAll(elements, to: element), try checked(.array(element)))
    }

    /// `ARRAY[a, b]::T[]`: the elements as a cast to `element` gives them.
    package static func array(_ elements: [Expression], of element: DataType) throws(TypeError) -> Expression {
        var typed: [Expression] = []
        for (index, value) in elements.enumerated() {
            typed.append(try at(index) { () throws(TypeError) in try cast(value, to: element) })
        }
        return made(.array, typed, try checked(.array(element)))
    }

    /// `ROW(a, b)`; without names the fields are `f1`, `f2` … as in PostgreSQL.
    package static func row(_ values: [Expression], names: [String?] = []) throws(TypeError) -> Expression {
        if values.isEmpty { throw TypeError("ROW needs at least one value") }
        let values = values.map { resolveUntyped($0) }
        let fields = values.enumerated().map { index, value in
            Field((names.indices.contains(index) ? names[index] : nil) ?? "f\(index + 1)", value.type)
        }
        return made(.row, values, try checked(.row(fields)))
    }

    /// `MAP[key, value, …]`: keys and values in turn. Of equal keys the last counts; a NULL key is a failure of the row.
    package static func map(_ entries: [Expression]) throws(TypeError) -> Expression {
        if entries.isEmpty { return .string("{}") }
        guard entries.count % 2 == 0 else {
            throw TypeError("MAP takes keys and values in turn, found \(entries.count) values")
        }
        let keys = stride(from: 0, to: entries.count, by: 2).map { entries[$0] }
        let values = stride(from: 1, to: entries.count, by: 2).map { entries[$0] }
        let (key, value) = (try commonType(keys), try commonType(values))
        let (typedKeys, typedValues) = (try coerceAll(keys, to: key), try coerceAll(values, to: value))
        var operands: [Expression] = []
        for (key, value) in zip(typedKeys, typedValues) { operands += [key, value] }
        return made(.map, operands, try checked(.map(key, value)))
    }

    private static func position(_ operand: Expression, _ index: Int) throws(TypeError) -> Expression {
        try at(index) { () throws(TypeError) in
            if case .untyped(let text) = operand.node { return try Conversion.literal(text, .bigint) }
            guard operand.type.isNumeric else {
                throw TypeError("the number of an element must be INT, found \(operand.type.name)")
            }
            return try coerce(operand, to: .bigint, context: .assignment)
        }
    }

    /// `a[i]` of an array, counted from 1 (NULL outside), or `m[key]` of a map (NULL where it has none).
    package static func `subscript`(_ operand: Expression, _ index: Expression) throws(TypeError) -> Expression {
        switch operand.type {
        case .array(let element) where !operand.isUntyped:
            return made(.element, [operand, try position(index, 1)], element)
        case .map(let key, let value) where !operand.isUntyped:
            let index = try at(1) { () throws(TypeError) in try coerce(index, to: key, context: .implicit) }
            return made(.lookup, [operand, index], value)
        case .json where !operand.isUntyped:
            // A text is a key, or the number of an element.
            let isText = index.isUntyped || index.type == .text
            return try call(isText ? "jsonb_extract_path" : "->", [operand, index])
        default:
            throw TypeError(
                "cannot subscript \(operand.isUntyped ? "unknown" : operand.type.name)",
                hint: "arrays and maps have elements; CAST gives a literal its type", argument: 0)
        }
    }

    /// `a[i:j]`; a bound may be absent. Bounds outside the array are cut off.
    package static func slice(
        _ operand: Expression, _ lower: Expression?, _ upper: Expression?
    ) throws(TypeError) -> Expression {
        guard operand.type.element != nil, !operand.isUntyped else {
            throw TypeError("cannot slice \(operand.isUntyped ? "unknown" : operand.type.name)", argument: 0)
        }
        var operands = [operand]
        if let lower { operands.append(try position(lower, 1)) }
        if let upper { operands.append(try position(upper, 2)) }
        return made(.slice(hasLower: lower != nil, hasUpper: upper != nil), operands, operand.type)
    }

    /// `(row).name`.
    package static func field(_ operand: Expression, name: String) throws(TypeError) -> Expression {
        guard let fields = operand.type.fields, !operand.isUntyped else {
            throw TypeError(
                "\(operand.isUntyped ? "unknown" : operand.type.name) has no field \"\(name)\"",
                hint: "only rows have fields", argument: 0)
        }
        guard let number = fields.firstIndex(where: { $0.name == name }) else {
            throw TypeError(
                "\(operand.type.name) has no field \"\(name)\"",
                hint: Suggestion.nearest(name, fields.map(\.name)).map { "did you mean \"\($0)\"?" }, argument: 0)
        }
        if let values = constructed(operand), values.indices.contains(number) { return values[number] }
        return made(.field(number), [operand], fields[number].type)
    }

    /// The fields of a row, one by one; nil: it is none.
    private static func parts(_ operand: Expression) -> [Expression]? {
        if let values = constructed(operand) { return values }
        return operand.type.fields?.indices.map { made(.field($0), [operand], operand.type.fields?[$0].type ?? .text) }
    }

    /// `IS NULL`: of a row whether all of its fields are.
    package static func isNull(ofRow operand: Expression) throws(TypeError) -> Expression {
        guard let parts = parts(operand) else { return isNull(operand) }
        return try and(parts.map { isNull($0) })
    }

    /// `IS NOT NULL`: of a row whether none of its fields is NULL.
    package static func isNotNull(_ operand: Expression) throws(TypeError) -> Expression {
        guard let parts = parts(operand) else { return Expression(.not(isNull(operand)), .boolean) }
        return try and(parts.map { Expression(.not(isNull($0)), .boolean) })
    }

    /// `operand op ANY (array)` and `ALL`, for the six comparisons.
    package static func anyOf(
        _ op: String, _ operand: Expression, _ array: Expression, isAll: Bool
    ) throws(TypeError) -> Expression {
        let word = isAll ? "ALL" : "ANY"
        if op.hasSuffix("~~") || op.hasSuffix("~~*") { return try likeAnyOf(op, operand, array, isAll: isAll) }
        var array = array
        if case .untyped(let text) = array.node {
            let element = resolveUntyped(operand).type
            array = try at(1) { () throws(TypeError) in try Conversion.literal(text, .array(element)) }
        }
        guard let element = array.type.element else {
            throw TypeError("\(word) needs an array, found \(array.type.name)", argument: 1)
        }
        let probe = try binary(op, operand, .null(element))
        guard case .call(let function, let sides) = probe.node, sides.count == 2,
            let comparison = CompositeFunction.Comparison(function)
        else { throw TypeError("\(op) \(word) is not supported", hint: "use =, <>, <, <=, > or >=") }
        let typed = Conversion.convert(array, to: .array(sides[1].type))
        return made(.anyOf(comparison, isAll: isAll), [sides[0], typed], .boolean)
    }

    /// `operand LIKE ANY (array)` and its kin, pattern by pattern.
    private static func likeAnyOf(
        _ op: String, _ operand: Expression, _ array: Expression, isAll: Bool
    ) throws(TypeError) -> Expression {
        var array = array
        if case .untyped(let text) = array.node {
            array = try at(1) { () throws(TypeError) in try Conversion.literal(text, .array(.text)) }
        }
        let patterns: [Expression]
        if case .call(.composite(.array), let elements) = array.node {
            patterns = elements
        } else if let value = array.literalValue, array.type == .array(.text) {
            if value.isNull { return .null(.boolean) }
            patterns = CompositeCodec.elements(value, array.type).map { .literal($0, .text) }
        } else {
            throw TypeError(
                "LIKE \(isAll ? "ALL" : "ANY") takes patterns that are written out",
                hint:
                    "for an array of a column write EXISTS (SELECT 1 FROM UNNEST(array) AS p (pattern) WHERE x LIKE pattern)",
                argument: 1)
        }
        var parts: [Expression] = []
        for pattern in patterns {
            let part = try like(operand, pattern: pattern, ignoreCase: op.hasSuffix("*"))
            parts.append(op.hasPrefix("!") ? Expression(.not(part), .boolean) : part)
        }
        if parts.isEmpty { return .boolean(isAll) }
        return isAll ? try and(parts) : try or(parts)
    }

    // MARK: - Operators

    /// `||` where a side is an array; nil where none is.
    static func arrayConcatenation(_ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression? {
        let left = lhs.isUntyped ? nil : lhs.type.element
        let right = rhs.isUntyped ? nil : rhs.type.element
        if left == nil, right == nil { return nil }
        func mismatch() -> TypeError {
            TypeError(
                "operator does not exist: \(lhs.isUntyped ? "unknown" : lhs.type.name) || "
                    + "\(rhs.isUntyped ? "unknown" : rhs.type.name)", hint: "CAST one side to the other's type")
        }
        // A literal beside an array is an array.
        let isLeftArray = left != nil || lhs.isUntyped
        let isRightArray = right != nil || rhs.isUntyped
        let own = isLeftArray ? left : lhs.type
        let other = isRightArray ? right : rhs.type
        let element: DataType
        if let own, let other {
            // An array of arrays beside an array takes it as an element.
            if isLeftArray, isRightArray, own == .array(other) { return made(.append, [lhs, rhs], lhs.type) }
            if isLeftArray, isRightArray, other == .array(own) { return made(.prepend, [lhs, rhs], rhs.type) }
            guard let common = Conversion.commonType(own, other) else { throw mismatch() }
            element = common
        } else if let known = own ?? other {
            element = known
        } else {
            throw mismatch()
        }
        func side(_ operand: Expression, _ index: Int, isArray: Bool) throws(TypeError) -> Expression {
            try at(index) { () throws(TypeError) in
                try coerce(operand, to: isArray ? .array(element) : element, context: .implicit)
            }
        }
        return made(
            isLeftArray && isRightArray ? .join : isLeftArray ? .append : .prepend,
            [try side(lhs, 0, isArray: isLeftArray), try side(rhs, 1, isArray: isRightArray)], .array(element))
    }

    /// The fields of a `ROW(…)` that stands in the text, for comparisons field by field.
    package static func constructed(_ operand: Expression) -> [Expression]? {
        if case .call(.composite(.row), let values) = operand.node { values } else { nil }
    }

    /// Two `ROW(…)` compared as SQL says: NULL where a field that decides is NULL. Nil for other operands.
    static func rowComparison(_ op: String, _ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression? {
        guard let left = constructed(lhs), let right = constructed(rhs) else { return nil }
        guard left.count == right.count else {
            throw TypeError("unequal number of fields: \(left.count) and \(right.count)", argument: 1)
        }
        switch op {
        case "=", "<>", "!=":
            var parts: [Expression] = []
            for (a, b) in zip(left, right) { parts.append(try binary(op, a, b)) }
            return op == "=" ? try and(parts) : try or(parts)
        default:
            // (a, b) < (c, d): a < c OR a = c AND b < d.
            let strict = op.hasPrefix("<") ? "<" : ">"
            var result = try binary(op, left[left.count - 1], right[right.count - 1])
            for index in left.indices.dropLast().reversed() {
                let equal = try and([binary("=", left[index], right[index]), result])
                result = try or([binary(strict, left[index], right[index]), equal])
            }
            return result
        }
    }
}

extension CompositeFunction {
    /// As SQL, over operands written as `nested` where they are operands of an operator, as `list` in a list.
    func text(_ nested: [String], _ plain: [String], _ type: DataType?) -> String {
        let list = plain.joined(separator: ", ")
        switch self {
        case .array: return "ARRAY[\(list)]"
        case .row: return "ROW(\(list))"
        case .map: return "MAP[\(list)]"
        case .element, .lookup: return "\(nested[0])[\(plain[1])]"
        case .slice(let hasLower, let hasUpper):
            let upper = hasUpper ? plain[hasLower ? 2 : 1] : ""
            return "\(nested[0])[\(hasLower ? plain[1] : ""):\(upper)]"
        case .field(let number):
            return "(\(plain[0])).\(type?.fields.map { $0.indices.contains(number) ? $0[number].name : "?" } ?? "?")"
        case .join, .append, .prepend: return "\(nested[0]) || \(nested[1])"
        case .anyOf(let comparison, let isAll):
            return "\(nested[0]) \(comparison.function.symbol ?? "=") \(isAll ? "ALL" : "ANY") (\(plain[1]))"
        }
    }
}
