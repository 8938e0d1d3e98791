/// Conditions of paths: three-valued, and an error within one is unknown.
extension JSONPathRun {
    func truth(_ node: JSONPath.Node, _ item: JSONView) throws(JSONPathError) -> Truth {
        try spend()
        switch node {
        case .and(let left, let right):
            let first = try truth(left, item)
            if first == .no { return .no }
            let second = try truth(right, item)
            return second == .yes ? first : second
        case .or(let left, let right):
            let first = try truth(left, item)
            if first == .yes { return .yes }
            let second = try truth(right, item)
            return second == .no ? first : second
        case .not(let operand):
            switch try truth(operand, item) {
            case .yes: return .no
            case .no: return .yes
            case .unknown: return .unknown
            }
        case .isUnknown(let operand): return try truth(operand, item) == .unknown ? .yes : .no
        case .exists(let operand):
            var isFound = false
            let isComplete = try attempt { () throws(JSONPathError) in isFound = try self.hasItem(operand, item) }
            return isComplete ? (isFound ? .yes : .no) : .unknown
        case .compare(let comparison, let left, let right):
            return try predicate(left, right, item, unwrapsRight: true) { $0.compared(comparison, $1) }
        case .startsWith(let left, let right):
            return try predicate(left, right, item, unwrapsRight: false) { text, prefix in
                guard text.kind == .string, prefix.kind == .string else { return .unknown }
                let (whole, start) = (text.stringBody, prefix.stringBody)
                guard whole.count >= start.count else { return .no }
                return JSONText.equal(UnsafeRawBufferPointer(rebasing: whole[..<start.count]), start) ? .yes : .no
            }
        default: return .unknown
        }
    }

    /// False where the body fails; but what stops the whole run is thrown.
    private func attempt(_ body: () throws(JSONPathError) -> Void) throws(JSONPathError) -> Bool {
        let (saved, savedCurrent, savedInnermost) = (ignoresStructure, current, innermost)
        do throws(JSONPathError) {
            try body()
            return true
        } catch {
            if budget < 0 { throw error }
            (ignoresStructure, current, innermost) = (saved, savedCurrent, savedInnermost)
            return false
        }
    }

    /// Whether one of the pairs of items of both operands meets a test.
    private func predicate(
        _ left: JSONPath.Node, _ right: JSONPath.Node, _ item: JSONView, unwrapsRight: Bool,
        _ test: (JSONView, JSONView) -> Truth
    ) throws(JSONPathError) -> Truth {
        var (lhs, rhs): ([JSONView], [JSONView]) = ([], [])
        let isComplete = try attempt { () throws(JSONPathError) in
            lhs = try self.collect(left, item)
            rhs = try self.collect(right, item, unwrap: unwrapsRight)
        }
        if !isComplete { return .unknown }
        var (isFound, hasError) = (false, false)
        for first in lhs {
            for second in rhs {
                try spend()
                switch test(first, second) {
                case .unknown:
                    if !path.isLax { return .unknown }
                    hasError = true
                case .yes:
                    if path.isLax { return .yes }
                    isFound = true
                case .no: break
                }
            }
        }
        return isFound ? .yes : hasError ? .unknown : .no
    }
}

extension JSONView {
    fileprivate func compared(_ comparison: JSONPath.Comparison, _ other: JSONView) -> JSONPathRun.Truth {
        let order: Int
        if kind != other.kind {
            guard kind == .null || other.kind == .null else { return .unknown }
            return comparison == .notEqual ? .yes : .no
        }
        switch kind {
        case .null: order = 0
        case .boolean: order = isTrue == other.isTrue ? 0 : isTrue ? 1 : -1
        case .number: order = JSONText.numberOrder(self, other)
        case .string: order = JSONKey.order(stringBody, other.stringBody)
        case .array, .object: return .unknown
        }
        let isMet: Bool
        switch comparison {
        case .equal: isMet = order == 0
        case .notEqual: isMet = order != 0
        case .less: isMet = order < 0
        case .lessOrEqual: isMet = order <= 0
        case .greater: isMet = order > 0
        case .greaterOrEqual: isMet = order >= 0
        }
        return isMet ? .yes : .no
    }
}

extension JSONNumber {
    /// A finite double at 15 digits, as PostgreSQL makes it a `numeric`.
    static func text(_ value: Double) -> [UInt8] {
        let text = value.magnitude.description.lowercased()
        let parts = text.split(separator: "e")
        let mantissa = (parts.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = mantissa.joined().utf8.map { $0 &- 0x30 }
        exponent -= mantissa.count > 1 ? mantissa[1].utf8.count : 0
        while digits.first == 0 { digits.removeFirst() }
        if digits.count > 15 {
            exponent += digits.count - 15
            var carries = digits[15] >= 5
            digits.removeSubrange(15...)
            for index in digits.indices.reversed() where carries {
                carries = digits[index] == 9
                digits[index] = carries ? 0 : digits[index] + 1
            }
            if carries { digits.insert(1, at: 0) }
        }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { return [0x30] }
        let plain = (value < 0 ? "-" : "") + digits.map(String.init).joined() + "e\(exponent)"
        var result: [UInt8] = []
        let isHeld = Array(plain.utf8).withUnsafeBytes { append($0, to: &result) }
        return isHeld ? result : [0x30]
    }
}
