/// Why bytes are no JSON value, or why one cannot be kept.
package struct JSONTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was found and what was expected.
    package var message: String
    /// Where in the bytes, counted from 0.
    package var offset: Int

    package init(_ message: String, at offset: Int = 0) {
        self.message = message
        self.offset = offset
    }

    package var description: String { message }
}

extension JSONText {
    /// Objects and arrays within each other that a value may have: what walks over values recurses so deep.
    package static let maxDepth = 128
    /// Bytes of one value, as in PostgreSQL.
    package static let maxBytes = 268_435_455

    /// The canonical text of a JSON value: that of PostgreSQL's `jsonb`.
    ///
    /// One space behind each comma and colon; of equal keys the last counts; keys lie in the order of their length in
    /// bytes, then of their bytes; escapes only where JSON needs them; numbers without exponent, with the zeros that
    /// they were written with. Takes time linear in the bytes times the depth.
    ///
    /// - Throws: where the bytes are no JSON in UTF-8, hold U+0000, nest deeper than ``maxDepth`` or have a number that
    ///   PostgreSQL's `numeric` cannot hold.
    package static func normalize(_ bytes: UnsafeRawBufferPointer) throws(JSONTextError) -> [UInt8] {
        let copy = SharedBytes(sentinel: bytes)
        var normalizer = JSONNormalizer(UnsafeRawPointer(copy.base), count: bytes.count)
        defer {
            normalizer.deallocate()
            withExtendedLifetime(copy) {}
        }
        return try normalizer.run()
    }

    /// As ``normalize(_:)-(UnsafeRawBufferPointer)``.
    package static func normalize(_ bytes: [UInt8]) throws(JSONTextError) -> [UInt8] {
        let result: Result<[UInt8], JSONTextError> = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONTextError) in try normalize(raw) }
        }
        return try result.get()
    }

    /// As ``normalize(_:)-(UnsafeRawBufferPointer)``.
    package static func normalize(_ text: String) throws(JSONTextError) -> [UInt8] { try normalize(Array(text.utf8)) }
}

/// Reads one JSON value and writes its canonical text. Keeps its own stack: does not recurse.
private struct JSONNormalizer {
    private struct Frame {
        var isObject: Bool
        /// Where the contents begin in the output.
        var start: Int
        /// The first of its members in ``members``.
        var firstMember: Int
        /// The members came in order so far.
        var isOrdered = true
        var isEmpty = true
    }

    /// A member of an open object, as it lies in the output.
    private struct Member {
        /// The key between its quotes.
        var key: Range<Int>
        /// Bytes of the key without escapes.
        var length: Int
        /// Key and value.
        var whole: Range<Int>
    }

    private let base: UnsafeRawPointer
    private let end: UnsafeRawPointer
    private let limit: Int
    private var scanner: JSONScanner
    private var output: [UInt8] = []
    private var frames: [Frame] = []
    private var members: [Member] = []

    init(_ base: UnsafeRawPointer, count: Int) {
        self.base = base
        end = base + count
        // Only exponents can make a text much longer.
        limit = min(2 * min(count, JSONText.maxBytes) + 1 << 20, JSONText.maxBytes)
        scanner = JSONScanner(newlineIsSpace: true, maxDepth: JSONText.maxDepth)
        output.reserveCapacity(count + count / 8 + 16)
    }

    func deallocate() { scanner.deallocate() }

    private func failure() -> JSONTextError {
        let (_, found, expected) = scanner.report(end: end)
        return error("expected \(expected), found \(found)", scanner.defectAt)
    }

    private func error(_ message: String, _ at: UnsafeRawPointer) -> JSONTextError {
        JSONTextError("invalid JSON at byte \(min(at, end) - base): " + message, at: min(at, end) - base)
    }

    private func syntax(_ at: UnsafeRawPointer, _ wanted: String) -> JSONTextError {
        error("expected \(wanted), found \(JSONScanner.shown(at, end))", at)
    }

    mutating func run() throws(JSONTextError) -> [UInt8] {
        var at = scanner.skipSpace(base)
        while true {
            at = try begin(at)
            if output.count > limit { throw error("the value is too long", at) }
            // A value ended, unless the last byte opened an object or array that is not empty.
            if let top = frames.last, top.isEmpty { continue }
            while let top = frames.last {
                endMember()
                at = scanner.skipSpace(at)
                let byte = JSONScanner.byte(at)
                if byte == 0x2c {
                    output.append(0x2c)
                    output.append(0x20)
                    at = scanner.skipSpace(at + 1)
                    if top.isObject { at = try name(at) }
                    break
                }
                guard at < end, byte == (top.isObject ? 0x7d : 0x5d) else {
                    throw syntax(at, top.isObject ? "',' or '}'" : "',' or ']'")
                }
                close()
                at += 1
            }
            if frames.isEmpty {
                at = scanner.skipSpace(at)
                if at != end { throw syntax(at, "the end") }
                return output
            }
        }
    }

    /// Past a scalar, an empty object or array, or the opening of another and the name that follows.
    private mutating func begin(_ start: UnsafeRawPointer) throws(JSONTextError) -> UnsafeRawPointer {
        if !frames.isEmpty { frames[frames.count - 1].isEmpty = false }
        let byte = JSONScanner.byte(start)
        switch byte {
        case 0x22: return try string(start)
        case 0x2d, 0x30...0x39:
            guard let next = scanner.numberEnd(start) else { throw failure() }
            let number = UnsafeRawBufferPointer(start: start, count: next - start)
            guard JSONNumber.append(number, to: &output) else {
                throw error("the number leaves the range of numeric", start)
            }
            return next
        case 0x5b, 0x7b:
            if frames.count >= JSONText.maxDepth {
                throw error("objects and arrays nest deeper than \(JSONText.maxDepth) levels", start)
            }
            output.append(byte)
            let next = scanner.skipSpace(start + 1)
            if next < end, JSONScanner.byte(next) == byte + 2 {
                output.append(byte + 2)
                return next + 1
            }
            frames.append(Frame(isObject: byte == 0x7b, start: output.count, firstMember: members.count))
            return byte == 0x7b ? try name(next) : next
        default:
            guard start < end, let next = scanner.literalEnd(start) else { throw syntax(start, "a value") }
            output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: next - start))
            return next
        }
    }

    /// Past a name, its colon and the space after it.
    private mutating func name(_ start: UnsafeRawPointer) throws(JSONTextError) -> UnsafeRawPointer {
        if JSONScanner.byte(start) != 0x22 { throw syntax(start, "a field name") }
        let from = output.count
        let colon = scanner.skipSpace(try string(start))
        if JSONScanner.byte(colon) != 0x3a { throw syntax(colon, "':'") }
        let key = from + 1..<output.count - 1
        let length = output.withUnsafeBytes { JSONKey.length(UnsafeRawBufferPointer(rebasing: $0[key])) }
        members.append(Member(key: key, length: length, whole: from..<from))
        output.append(0x3a)
        output.append(0x20)
        return scanner.skipSpace(colon + 1)
    }

    private mutating func string(_ start: UnsafeRawPointer) throws(JSONTextError) -> UnsafeRawPointer {
        var isEscaped = false
        guard let close = scanner.stringEnd(start + 1, &isEscaped) else { throw failure() }
        if isEscaped {
            let (bytes, nul) = JSONScanner.unescaped(start + 1, close)
            if let nul { throw error("the character U+0000 cannot be kept", nul) }
            bytes.withUnsafeBytes { JSONText.appendString($0, to: &output) }
        } else {
            output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: close + 1 - start))
        }
        return close + 1
    }

    // MARK: - Members

    /// A value of the innermost object or array is complete.
    private mutating func endMember() {
        guard let top = frames.last, top.isObject, members.count > top.firstMember else { return }
        let last = members.count - 1
        members[last].whole = members[last].whole.lowerBound..<output.count
        if top.isOrdered, last > top.firstMember, order(members[last - 1], members[last]) >= 0 {
            frames[frames.count - 1].isOrdered = false
        }
    }

    private func order(_ lhs: Member, _ rhs: Member) -> Int {
        if lhs.length != rhs.length { return lhs.length - rhs.length }
        return output.withUnsafeBytes {
            JSONKey.order(UnsafeRawBufferPointer(rebasing: $0[lhs.key]), UnsafeRawBufferPointer(rebasing: $0[rhs.key]))
        }
    }

    private mutating func close() {
        guard let top = frames.popLast() else { return }
        if top.isObject {
            if !top.isOrdered { arrange(top) }
            members.removeSubrange(top.firstMember...)
        }
        output.append(top.isObject ? 0x7d : 0x5d)
    }

    /// Puts the members of an object in order; of equal keys the last stays.
    private mutating func arrange(_ frame: Frame) {
        let own = Array(members[frame.firstMember...])
        let sorted = own.indices.sorted { lhs, rhs in
            let order = order(own[lhs], own[rhs])
            return order == 0 ? lhs < rhs : order < 0
        }
        var arranged: [UInt8] = []
        arranged.reserveCapacity(output.count - frame.start)
        for (place, index) in sorted.enumerated() {
            if place + 1 < sorted.count, order(own[index], own[sorted[place + 1]]) == 0 { continue }
            if !arranged.isEmpty {
                arranged.append(0x2c)
                arranged.append(0x20)
            }
            arranged.append(contentsOf: output[own[index].whole])
        }
        output.replaceSubrange(frame.start..., with: arranged)
    }
}
