/// Equality, containment and existence, as PostgreSQL's `jsonb` has them.
extension JSONText {
    /// Whether two scalars are equal: numbers by their value, others by their bytes.
    package static func areEqualScalars(_ lhs: JSONView, _ rhs: JSONView) -> Bool {
        if lhs.kind == .number, rhs.kind == .number { return JSONNumber.order(lhs.bytes, rhs.bytes) == 0 }
        return equal(lhs.bytes, rhs.bytes)
    }

    /// The order of two numbers: negative, 0 or positive.
    package static func numberOrder(_ lhs: JSONView, _ rhs: JSONView) -> Int { JSONNumber.order(lhs.bytes, rhs.bytes) }

    /// `lhs @> rhs`: each member and element of `rhs` is somewhere in `lhs`; an array contains a scalar.
    ///
    /// Takes at most the product of both sizes; recurses as deep as the values.
    package static func contains(_ lhs: JSONView, _ rhs: JSONView) -> Bool {
        switch (lhs.kind, rhs.kind) {
        case (.object, .object), (.array, .array): return containsDeep(lhs, rhs)
        case (.object, _), (_, .object): return false
        case (.array, _): return hasScalar(lhs, rhs)
        case (_, .array): return false
        default: return areEqualScalars(lhs, rhs)
        }
    }

    private static func hasScalar(_ array: JSONView, _ scalar: JSONView) -> Bool {
        var elements = array.elements
        while let element = elements.next() {
            if !element.kind.isContainer, areEqualScalars(element, scalar) { return true }
        }
        return false
    }

    /// Both are objects or both arrays.
    private static func containsDeep(_ lhs: JSONView, _ rhs: JSONView) -> Bool {
        if rhs.kind == .array {
            var wanted = rhs.elements
            while let element = wanted.next() {
                if element.kind.isContainer ? !hasContainer(lhs, element) : !hasScalar(lhs, element) { return false }
            }
            return true
        }
        // Both lie in one order, so one walk over each is enough.
        var (own, wanted) = (lhs.members, rhs.members)
        while let (key, value) = wanted.next() {
            var isFound = false
            while !isFound, let (other, candidate) = own.next() {
                guard equal(other, key) else { continue }
                if candidate.kind != value.kind { return false }
                if value.kind.isContainer ? !containsDeep(candidate, value) : !areEqualScalars(candidate, value) {
                    return false
                }
                isFound = true
            }
            if !isFound { return false }
        }
        return true
    }

    private static func hasContainer(_ array: JSONView, _ wanted: JSONView) -> Bool {
        var elements = array.elements
        while let element = elements.next() {
            if element.kind == wanted.kind, containsDeep(element, wanted) { return true }
        }
        return false
    }

    /// `value ? key`: a key of an object, or a string that is an element of an array or the value itself.
    ///
    /// - Parameter quoted: the key as a string of canonical text, with its quotes.
    package static func exists(_ value: JSONView, quoted key: UnsafeRawBufferPointer) -> Bool {
        switch value.kind {
        case .object: return value.member(escaped: JSONView(key).stringBody) != nil
        case .array:
            var elements = value.elements
            while let element = elements.next() { if equal(element.bytes, key) { return true } }
            return false
        case .string: return equal(value.bytes, key)
        default: return false
        }
    }
}
