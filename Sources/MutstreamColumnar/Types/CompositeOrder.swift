/// The order of composites that hold intervals: in SQL two of one length are equal whatever their parts, while their bytes
/// tell them apart (``CompositeCodec``).
package enum CompositeOrder {
    /// Whether comparing bytes is not enough for a type.
    package static func isNeeded(_ type: DataType) -> Bool {
        switch type {
        case .array(let element): element == .interval || isNeeded(element)
        case .row(let fields): fields.contains { $0.type == .interval || isNeeded($0.type) }
        case .map(let key, let value): [key, value].contains { $0 == .interval || isNeeded($0) }
        default: false
        }
    }

    /// Negative, 0 or positive.
    package static func compare(
        _ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer, _ type: DataType
    ) -> Int {
        var (left, right) = (CompositeReader(lhs), CompositeReader(rhs))
        return payloads(&left, &right, type)
    }

    private static func elements(_ left: inout CompositeReader, _ right: inout CompositeReader, _ type: DataType) -> Int {
        let (isLeftNull, isRightNull) = (left.isNull(), right.isNull())
        if isLeftNull || isRightNull { return isLeftNull == isRightNull ? 0 : isLeftNull ? 1 : -1 }
        return payloads(&left, &right, type)
    }

    private static func payloads(_ left: inout CompositeReader, _ right: inout CompositeReader, _ type: DataType) -> Int {
        switch type {
        case .array(let element): return lists(&left, &right, [element])
        case .map(let key, let value): return lists(&left, &right, [key, value])
        case .row(let fields):
            for field in fields {
                let order = elements(&left, &right, field.type)
                if order != 0 { return order }
            }
            return 0
        case .interval:
            let (one, other) = (left.interval().comparable, right.interval().comparable)
            return one < other ? -1 : one == other ? 0 : 1
        default:
            let (one, other) = (left.payload(type), right.payload(type))
            for (a, b) in zip(one, other) where a != b { return a < b ? -1 : 1 }
            return one.count - other.count
        }
    }

    /// One that is the beginning of another comes first.
    private static func lists(
        _ left: inout CompositeReader, _ right: inout CompositeReader, _ types: [DataType]
    ) -> Int {
        while true {
            let (hasLeft, hasRight) = (left.isElement(), right.isElement())
            if !hasLeft || !hasRight { return hasLeft == hasRight ? 0 : hasLeft ? 1 : -1 }
            for type in types {
                let order = elements(&left, &right, type)
                if order != 0 { return order }
            }
        }
    }
}
