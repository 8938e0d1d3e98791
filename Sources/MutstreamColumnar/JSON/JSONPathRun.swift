/// Runs a compiled path over values. Keeps scratch memory: one owner.
///
/// The semantics are those of PostgreSQL 15, in lax mode (arrays are unwrapped, and what is not there is no error) and in
/// strict mode.
package final class JSONPathRun {
    enum Truth { case yes, no, unknown }
    typealias Emit = (JSONView) throws(JSONPathError) -> Bool

    /// Items that one run may look at: a chain of `**` could take longer than anyone waits.
    private static let maxItems = 5_000_000

    let path: JSONPath
    private var owned: [UnsafeMutableRawBufferPointer] = []
    private var root = JSONView(UnsafeRawBufferPointer(start: nil, count: 0))
    var current = JSONView(UnsafeRawBufferPointer(start: nil, count: 0))
    private var variables: JSONView?
    /// Elements of the array whose subscripts are computed.
    var innermost: Int?
    var ignoresStructure = true
    var budget = 0

    package init(_ path: JSONPath) { self.path = path }

    deinit { release() }

    private func release() {
        for block in owned { block.deallocate() }
        owned.removeAll(keepingCapacity: true)
    }

    /// A copy that lives as long as the run.
    func keep(_ bytes: UnsafeRawBufferPointer) -> JSONView {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
        if let source = bytes.baseAddress { block.baseAddress?.copyMemory(from: source, byteCount: bytes.count) }
        owned.append(block)
        return JSONView(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(block)[..<bytes.count]))
    }

    func keep(_ bytes: [UInt8]) -> JSONView { bytes.withUnsafeBytes { keep($0) } }

    private func begin(_ value: JSONView, _ variables: JSONView?) throws(JSONPathError) {
        release()
        if let variables, variables.kind != .object { throw JSONPathError("\"vars\" argument is not an object") }
        root = value
        current = value
        self.variables = variables
        innermost = nil
        ignoresStructure = path.isLax
        budget = JSONPathRun.maxItems
    }

    // MARK: - Results

    /// The items of the path, in order. They live until the next run; those before an error were given out.
    package func query(
        _ value: JSONView, variables: JSONView? = nil, _ body: (JSONView) -> Void
    ) throws(JSONPathError) {
        try begin(value, variables)
        _ = try evaluate(path.root, value) { item throws(JSONPathError) in
            body(item)
            return true
        }
    }

    /// Whether the path has an item. In lax mode errors behind the first do not count.
    package func exists(_ value: JSONView, variables: JSONView? = nil) throws(JSONPathError) -> Bool {
        try begin(value, variables)
        return try hasItem(path.root, value)
    }

    /// The value of a path that is a condition; nil: unknown.
    package func match(_ value: JSONView, variables: JSONView? = nil) throws(JSONPathError) -> Bool? {
        var items = 0
        var first: JSONView?
        try query(value, variables: variables) { item in
            items += 1
            if items == 1 { first = item }
        }
        if items == 1, let first {
            if first.kind == .boolean { return first.isTrue }
            if first.kind == .null { return nil }
        }
        throw JSONPathError("single boolean result is expected")
    }

    // MARK: - Expressions

    func spend() throws(JSONPathError) {
        budget -= 1
        if budget < 0 { throw JSONPathError("the path takes more than \(JSONPathRun.maxItems) steps") }
    }

    /// Gives out the items of a node; false: nobody wants more.
    func evaluate(_ node: JSONPath.Node, _ item: JSONView, _ emit: Emit) throws(JSONPathError) -> Bool {
        try spend()
        switch node {
        case .root: return try emit(root)
        case .current: return try emit(current)
        case .last:
            guard let innermost else { throw JSONPathError("evaluating jsonpath LAST outside of array subscript") }
            return try emit(keep(Array(String(innermost - 1).utf8)))
        case .literal(let text): return try emit(keep(text))
        case .variable(let name):
            guard let value = name.withUnsafeBytes({ variables?.member(escaped: $0) }) else {
                throw JSONPathError(
                    "could not find jsonpath variable \"\(String(decoding: name.prefix(40), as: UTF8.self))\"")
            }
            return try emit(value)
        case .chain(let start, let steps):
            return try evaluate(start, item) { value throws(JSONPathError) in
                try self.follow(steps[...], value, self.path.isLax, emit)
            }
        case .binary(let function, let left, let right):
            let lhs = try operand(left, item, function, "left")
            let rhs = try operand(right, item, function, "right")
            return try emit(try arithmetic(function, lhs, rhs))
        case .unary(let isNegative, let operand):
            for value in try collect(operand, item) {
                guard value.kind == .number else {
                    throw JSONPathError(
                        "operand of unary jsonpath operator \(isNegative ? "-" : "+") is not a numeric value")
                }
                if try !emit(isNegative ? negated(value) : value) { return false }
            }
            return true
        case .and, .or, .not, .isUnknown, .compare, .startsWith, .exists:
            switch try truth(node, item) {
            case .yes: return try emit(keep(Array("true".utf8)))
            case .no: return try emit(keep(Array("false".utf8)))
            case .unknown: return try emit(keep(Array("null".utf8)))
            }
        }
    }

    /// All items of an operand; in lax mode the elements of those that are arrays.
    func collect(_ node: JSONPath.Node, _ item: JSONView, unwrap: Bool = true) throws(JSONPathError) -> [JSONView] {
        var result: [JSONView] = []
        _ = try evaluate(node, item) { value throws(JSONPathError) in
            if unwrap, self.path.isLax, value.kind == .array {
                var elements = value.elements
                while let element = elements.next() {
                    try self.spend()
                    result.append(element)
                }
            } else {
                result.append(value)
            }
            return true
        }
        return result
    }

    private func operand(
        _ node: JSONPath.Node, _ item: JSONView, _ function: JSONPath.Arithmetic, _ side: String
    ) throws(JSONPathError) -> JSONView {
        let values = try collect(node, item)
        guard values.count == 1, values[0].kind == .number else {
            throw JSONPathError("\(side) operand of jsonpath operator \(function.rawValue) is not a single numeric value")
        }
        return values[0]
    }

    private func decimal(_ view: JSONView) throws(JSONPathError) -> JSONDecimal {
        guard let value = JSONDecimal(view.bytes) else {
            throw JSONPathError("a path computes with numbers of at most 37 digits")
        }
        return value
    }

    private func arithmetic(
        _ function: JSONPath.Arithmetic, _ lhs: JSONView, _ rhs: JSONView
    ) throws(JSONPathError) -> JSONView {
        let (left, right) = (try decimal(lhs), try decimal(rhs))
        if right.digits == 0, function == .divide || function == .modulo { throw JSONPathError("division by zero") }
        return try number(JSONDecimal.compute(function, left, right))
    }

    private func number(_ value: JSONDecimal?) throws(JSONPathError) -> JSONView {
        guard let value else { throw JSONPathError("a path computes with numbers of at most 37 digits") }
        let writer = ByteWriter(capacity: 64)
        value.append(to: writer)
        return keep(writer.bytes)
    }

    /// Whether a node has an item. In lax mode the first decides: what fails behind it does not count.
    func hasItem(_ node: JSONPath.Node, _ item: JSONView) throws(JSONPathError) -> Bool {
        if path.isLax, case .unary(_, let operand) = node {
            // PostgreSQL passes over what is no number where nobody asks for the result.
            return try collect(operand, item).contains { $0.kind == .number }
        }
        var isFound = false
        _ = try evaluate(node, item) { _ throws(JSONPathError) in
            isFound = true
            return !self.path.isLax
        }
        return isFound
    }

    private func negated(_ value: JSONView) -> JSONView {
        if value.bytes.first == 0x2d { return JSONView(UnsafeRawBufferPointer(rebasing: value.bytes[1...])) }
        guard value.bytes.contains(where: { $0 &- 0x31 < 9 }) else { return value }
        return keep([0x2d] + Array(value.bytes))
    }

    // MARK: - Steps

    /// Takes the steps from an item on. `unwraps`: the first step looks into an array instead of at it.
    private func follow(
        _ steps: ArraySlice<JSONPath.Step>, _ item: JSONView, _ unwraps: Bool, _ emit: Emit
    ) throws(JSONPathError) -> Bool {
        try spend()
        guard let step = steps.first else { return try emit(item) }
        let rest = steps.dropFirst()
        let kind = item.kind
        if unwraps, kind == .array, step.looksIntoArrays {
            return try each(item.elements) { element throws(JSONPathError) in
                try self.follow(steps, element, false, emit)
            }
        }
        switch step {
        case .key(let key):
            guard kind == .object else {
                return try structural("jsonpath member accessor can only be applied to an object")
            }
            if let member = key.withUnsafeBytes({ item.member(escaped: $0) }) {
                return try follow(rest, member, path.isLax, emit)
            }
            return try structural(
                "JSON object does not contain key \"\(String(decoding: key.prefix(60), as: UTF8.self))\"")
        case .anyKey:
            guard kind == .object else {
                return try structural("jsonpath wildcard member accessor can only be applied to an object")
            }
            var members = item.members
            while let (_, value) = members.next() {
                if try !follow(rest, value, path.isLax, emit) { return false }
            }
            return true
        case .anyElement:
            if kind == .array {
                return try each(item.elements) { element throws(JSONPathError) in
                    try self.follow(rest, element, self.path.isLax, emit)
                }
            }
            if path.isLax { return try follow(rest, item, path.isLax, emit) }
            return try structural("jsonpath wildcard array accessor can only be applied to an array")
        case .elements(let subscripts): return try elements(subscripts, item, rest, emit)
        case .descend(let first, let last):
            if first == 0 {
                let goesOn = try ignoring { () throws(JSONPathError) in
                    try self.follow(rest, item, self.path.isLax, emit)
                }
                if !goesOn { return false }
            }
            return try descend(item, 1, first ?? .max, last ?? .max, rest, emit)
        case .filter(let condition):
            let saved = current
            current = item
            defer { current = saved }
            guard try truth(condition, item) == .yes else { return true }
            current = saved
            return try follow(rest, item, path.isLax, emit)
        case .method(let method):
            guard let value = try apply(method, item) else { return true }
            return try follow(rest, value, path.isLax, emit)
        }
    }

    private func structural(_ message: String) throws(JSONPathError) -> Bool {
        if ignoresStructure { return true }
        throw JSONPathError(message)
    }

    private func ignoring(_ body: () throws(JSONPathError) -> Bool) throws(JSONPathError) -> Bool {
        let saved = ignoresStructure
        ignoresStructure = true
        defer { ignoresStructure = saved }
        return try body()
    }

    private func each(_ elements: JSONElements, _ emit: Emit) throws(JSONPathError) -> Bool {
        var elements = elements
        while let element = elements.next() { if try !emit(element) { return false } }
        return true
    }

    private func elements(
        _ subscripts: [JSONPath.Subscript], _ item: JSONView, _ rest: ArraySlice<JSONPath.Step>, _ emit: Emit
    ) throws(JSONPathError) -> Bool {
        let isArray = item.kind == .array
        guard isArray || path.isLax else {
            return try structural("jsonpath array accessor can only be applied to an array")
        }
        let saved = innermost
        let count = isArray ? item.count : 1
        innermost = count
        defer { innermost = saved }
        for part in subscripts {
            let first = try index(part.from, item)
            let last = try part.to.map { node throws(JSONPathError) in try index(node, item) } ?? first
            if first < 0 || first > last || last >= count {
                _ = try structural("jsonpath array subscript is out of bounds")
            }
            if !isArray {
                if first <= 0, last >= 0, try !follow(rest, item, path.isLax, emit) { return false }
                continue
            }
            var elements = item.elements
            var number = 0
            while number <= last, let element = elements.next() {
                if number >= first, try !follow(rest, element, path.isLax, emit) { return false }
                number += 1
            }
        }
        return true
    }

    private func index(_ node: JSONPath.Node, _ item: JSONView) throws(JSONPathError) -> Int {
        var values: [JSONView] = []
        _ = try evaluate(node, item) { value throws(JSONPathError) in
            values.append(value)
            return true
        }
        guard values.count == 1, values[0].kind == .number else {
            throw JSONPathError("jsonpath array subscript is not a single numeric value")
        }
        let text = values[0].bytes
        let whole = text.firstIndex(of: 0x2e).map { UnsafeRawBufferPointer(rebasing: text[..<$0]) } ?? text
        guard let value = try? TextCodec.parseInt32(whole) else {
            throw JSONPathError("jsonpath array subscript is out of integer range")
        }
        return Int(value)
    }

    private func descend(
        _ item: JSONView, _ level: Int, _ first: Int, _ last: Int, _ rest: ArraySlice<JSONPath.Step>, _ emit: Emit
    ) throws(JSONPathError) -> Bool {
        if level > last { return true }
        func visit(_ child: JSONView) throws(JSONPathError) -> Bool {
            try spend()
            if level >= first || (first == .max && last == .max && !child.kind.isContainer) {
                let goesOn = try ignoring { () throws(JSONPathError) in
                    try self.follow(rest, child, self.path.isLax, emit)
                }
                if !goesOn { return false }
            }
            return level < last && child.kind.isContainer ? try descend(child, level + 1, first, last, rest, emit) : true
        }
        if item.kind == .array { return try each(item.elements, visit) }
        var members = item.members
        while let (_, value) = members.next() { if try !visit(value) { return false } }
        return true
    }

    /// The result of a method; nil: there is none, and that is no error.
    private func apply(_ method: JSONPath.Method, _ item: JSONView) throws(JSONPathError) -> JSONView? {
        switch method {
        case .type: return keep(Array("\"\(item.kind.name)\"".utf8))
        case .size:
            if item.kind == .array { return keep(Array(String(item.count).utf8)) }
            if path.isLax { return keep([0x31]) }
            _ = try structural("jsonpath item method .size() can only be applied to an array")
            return nil
        case .abs, .floor, .ceiling:
            guard item.kind == .number else {
                throw JSONPathError("jsonpath item method .\(method.rawValue)() can only be applied to a numeric value")
            }
            if method == .abs { return item.bytes.first == 0x2d ? negated(item) : item }
            return try number(try decimal(item).whole(roundingUp: method == .ceiling))
        case .double:
            let isString = item.kind == .string
            guard isString || item.kind == .number else {
                throw JSONPathError("jsonpath item method .double() can only be applied to a string or numeric value")
            }
            let writer = ByteWriter(capacity: 64)
            item.appendText(to: writer)
            guard let value = try? TextCodec.parseDouble(writer.bytes), value.isFinite else {
                throw JSONPathError(
                    isString
                        ? "string argument of jsonpath item method .double() is not a valid representation of a double "
                            + "precision number"
                        : "numeric argument of jsonpath item method .double() is out of range for type double precision")
            }
            return isString ? keep(JSONNumber.text(value)) : item
        }
    }
}

extension JSONPath.Step {
    /// In lax mode this step looks at the elements of an array instead of at the array.
    fileprivate var looksIntoArrays: Bool {
        switch self {
        case .key, .anyKey, .filter: true
        case .method(let method): method != .type && method != .size
        case .anyElement, .elements, .descend: false
        }
    }
}
