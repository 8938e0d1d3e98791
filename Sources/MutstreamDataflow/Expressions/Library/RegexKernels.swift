import MutstreamColumnar

/// The loops of the functions of regular expressions.
enum RegexKernels {
    /// The expressions compiled last: constant patterns are compiled once.
    final class Cache {
        private static let size = 16

        private struct Entry {
            var pattern: [UInt8]
            var flags: [UInt8]
            var made: Result<RegularExpression, RegexError>
        }

        private let ignoresCase: Bool
        private let isSimilar: Bool
        private var entries: [Entry] = []
        private var latest = 0

        init(ignoresCase: Bool = false, isSimilar: Bool = false) {
            self.ignoresCase = ignoresCase
            self.isSimilar = isSimilar
        }

        func get(
            _ pattern: UnsafeRawBufferPointer, _ flags: UnsafeRawBufferPointer
        ) -> Result<RegularExpression, RegexError> {
            if latest < entries.count, same(entries[latest], pattern, flags) { return entries[latest].made }
            if let found = entries.firstIndex(where: { same($0, pattern, flags) }) {
                latest = found
                return entries[found].made
            }
            let made: Result<RegularExpression, RegexError> = Result { () throws(RegexError) in
                try make(pattern, flags)
            }
            let entry = Entry(pattern: Array(pattern), flags: Array(flags), made: made)
            if entries.count < Cache.size {
                entries.append(entry)
                latest = entries.count - 1
            } else {
                latest = (latest + 1) % Cache.size
                entries[latest] = entry
            }
            return made
        }

        private func make(
            _ pattern: UnsafeRawBufferPointer, _ flags: UnsafeRawBufferPointer
        ) throws(RegexError) -> RegularExpression {
            if isSimilar {
                let translated = try SimilarPattern.translate(pattern, escape: flags)
                return try RegularExpression(translated, RegexOptions())
            }
            var options = try RegexOptions(flags: flags)
            if ignoresCase { options.ignoresCase = true }
            return try RegularExpression(pattern, options)
        }

        private func same(_ entry: Entry, _ pattern: UnsafeRawBufferPointer, _ flags: UnsafeRawBufferPointer) -> Bool {
            entry.pattern.withUnsafeBytes { Kernels.equalBytes($0, pattern) }
                && entry.flags.withUnsafeBytes { Kernels.equalBytes($0, flags) }
        }
    }

    /// A result type that is given only if constant patterns and flags are valid.
    static func checked(
        _ type: DataType, pattern: Int, flags: Int?, refusesGlobal name: String? = nil
    ) -> LibraryEntry.Result {
        .of(type.name) { operands throws(TypeError) in
            var letters = ""
            if let flags, flags < operands.count {
                guard let text = Kernels.constantText(operands, flags) else { return type }
                letters = text
            }
            do {
                let options = try RegexOptions(flags: letters.utf8)
                if let name, options.isGlobal { throw TypeError(noGlobal(name), argument: flags) }
                if let text = Kernels.constantText(operands, pattern) { _ = try RegularExpression(text.utf8, options) }
            } catch let error as RegexError {
                throw TypeError(error.message, hint: error.hint, argument: pattern)
            } catch let error as TypeError {
                throw error
            } catch {
                return type
            }
            return type
        }
    }

    private static func noGlobal(_ name: String) -> String { "\(name)() does not support the \"global\" option" }

    /// Finds the expression of a row and hands it on; `flags` is the operand, if there is one.
    private static func with<T>(
        _ cache: Cache, _ arguments: RowArguments, _ row: Int, flags: Int? = nil, refusesGlobal name: String? = nil,
        _ body: (RegularExpression, UnsafeRawBufferPointer) -> RowValue<T>
    ) -> RowValue<T> {
        let letters =
            flags.map { $0 < arguments.count ? arguments.text($0, row) : UnsafeRawBufferPointer(start: nil, count: 0) }
            ?? UnsafeRawBufferPointer(start: nil, count: 0)
        switch cache.get(arguments.text(1, row), letters) {
        case .failure(let error): return .invalid(error.message)
        case .success(let expression):
            if let name, expression.isGlobal { return .invalid(noGlobal(name)) }
            let result = body(expression, arguments.text(0, row))
            return expression.meter.isExhausted ? .invalid("regular expression is too complex for this text") : result
        }
    }

    // MARK: - Whether

    static func like(ignoresCase: Bool, isNegated: Bool) -> Kernel {
        let cache = Cache(ignoresCase: ignoresCase)
        return Kernels.booleans { arguments, row in
            with(cache, arguments, row) { .value($0.matches($1) != isNegated) }
        }
    }

    static func matches() -> Kernel {
        let cache = Cache()
        return Kernels.booleans { arguments, row in
            with(cache, arguments, row, flags: 2, refusesGlobal: "regexp_like") { .value($0.matches($1)) }
        }
    }

    static func similar() -> Kernel {
        let cache = Cache(isSimilar: true)
        return Kernels.booleans { arguments, row in
            withSimilar(cache, arguments, row) { .value($0.matches($1)) }
        }
    }

    private static func withSimilar<T>(
        _ cache: Cache, _ arguments: RowArguments, _ row: Int,
        _ body: (RegularExpression, UnsafeRawBufferPointer) -> RowValue<T>
    ) -> RowValue<T> {
        if arguments.count > 2 { return with(cache, arguments, row, flags: 2, body) }
        return withUnsafeBytes(of: UInt8(ascii: "\\")) { escape in
            switch cache.get(arguments.text(1, row), escape) {
            case .failure(let error): return .invalid(error.message)
            case .success(let expression): return body(expression, arguments.text(0, row))
            }
        }
    }

    // MARK: - Which

    static func match() -> Kernel {
        let cache = Cache()
        var match = RegularExpression.Match(places: [])
        return Kernels.texts { arguments, row, writer in
            with(cache, arguments, row, flags: 2, refusesGlobal: "regexp_match") { expression, text in
                match = expression.makeMatch()
                expression.prepare(text)
                guard expression.find(text, from: 0, &match) else { return .null }
                let array = CompositeWriter(writer)
                for group in expression.groups == 0 ? 0...0 : 1...expression.groups {
                    if let range = match.range(group) {
                        array.append(text: UnsafeRawBufferPointer(rebasing: text[range]))
                    } else {
                        array.appendNull()
                    }
                }
                array.endArray()
                return .value(())
            }
        }
    }

    /// The groups of the first match, of all with flag g: an array of arrays.
    static func everyMatch() -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            with(cache, arguments, row, flags: 2) { expression, text in
                let array = CompositeWriter(writer)
                eachMatch(expression, text, from: 0, needsGroups: true) { match, _ in
                    array.beginNested()
                    for group in expression.groups == 0 ? 0...0 : 1...expression.groups {
                        if let range = match.range(group) {
                            array.append(text: UnsafeRawBufferPointer(rebasing: text[range]))
                        } else {
                            array.appendNull()
                        }
                    }
                    array.endArray()
                    return expression.isGlobal && writer.count <= Kernels.resultBytesMax
                }
                array.endArray()
                return .value(())
            }
        }
    }

    static func split() -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            with(cache, arguments, row, flags: 2, refusesGlobal: "regexp_split_to_array") { expression, text in
                let array = CompositeWriter(writer)
                var start = 0
                eachMatch(expression, text, from: 0, needsGroups: false) { match, last in
                    // Empty matches at the ends of the text or just after a match do not separate.
                    if match.start < text.count, match.end > last {
                        array.append(text: UnsafeRawBufferPointer(rebasing: text[start..<match.start]))
                        start = match.end
                    }
                    return writer.count <= Kernels.resultBytesMax
                }
                array.append(text: UnsafeRawBufferPointer(rebasing: text[start...]))
                array.endArray()
                return .value(())
            }
        }
    }

    static func firstGroup() -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            with(cache, arguments, row) { expression, text in
                appendGroup(expression, text, min(1, expression.groups), writer)
            }
        }
    }

    static func similarPart() -> Kernel {
        let cache = Cache(isSimilar: true)
        return Kernels.texts { arguments, row, writer in
            withSimilar(cache, arguments, row) { expression, text in
                appendGroup(expression, text, min(1, expression.groups), writer)
            }
        }
    }

    static func extract() -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            with(cache, arguments, row) { expression, text in
                let group = arguments.count > 2 ? arguments.int64(2, row) : 0
                guard group >= 0, group <= expression.groups else { return .null }
                return appendGroup(expression, text, Int(group), writer)
            }
        }
    }

    private static func appendGroup(
        _ expression: RegularExpression, _ text: UnsafeRawBufferPointer, _ group: Int, _ writer: ByteWriter
    ) -> RowValue<Void> {
        var match = expression.makeMatch()
        expression.prepare(text)
        guard expression.find(text, from: 0, needsGroups: group > 0, &match), let range = match.range(group) else {
            return .null
        }
        writer.append(UnsafeRawBufferPointer(rebasing: text[range]))
        return .value(())
    }

    /// Every match from a place on, with the end of the one before (0 before the first), until `visit` says no.
    static func eachMatch(
        _ expression: RegularExpression, _ text: UnsafeRawBufferPointer, from: Int, needsGroups: Bool,
        _ visit: (RegularExpression.Match, Int) -> Bool
    ) {
        var match = expression.makeMatch()
        expression.prepare(text)
        var position = from
        var last = 0
        while expression.find(text, from: position, needsGroups: needsGroups, &match) {
            if !visit(match, last) { return }
            last = match.end
            position = match.end
            if match.start == match.end {
                if position >= text.count { return }
                position += RegexAutomaton.decode(text, position).width
            }
        }
    }

    // MARK: - Numbers

    private static func parameter<T>(_ name: String, _ value: Int64) -> RowValue<T> {
        .invalid("invalid value for parameter \"\(name)\": \(value)")
    }

    /// The byte of a character counted from 1; nil past the end.
    private static func offset(_ start: Int64, _ text: UnsafeRawBufferPointer) -> Int? {
        if start == 1 { return 0 }
        if start - 1 > Kernels.characters(text) { return nil }
        return Kernels.offset(start - 1, text)
    }

    static func count() -> Kernel {
        let cache = Cache()
        return Kernels.integers { arguments, row in
            let start = arguments.count > 2 ? arguments.int64(2, row) : 1
            if start <= 0 { return parameter("start", start) }
            return with(cache, arguments, row, flags: 3, refusesGlobal: "regexp_count") { expression, text in
                var count: Int64 = 0
                guard let from = offset(start, text) else { return .value(0) }
                eachMatch(expression, text, from: from, needsGroups: false) { _, _ in
                    count += 1
                    return true
                }
                return .value(count)
            }
        }
    }

    /// The range of a group of the match of a number; nil: there is none.
    private static func range(
        _ expression: RegularExpression, _ text: UnsafeRawBufferPointer, _ start: Int64, _ number: Int64, _ group: Int64
    ) -> Range<Int>? {
        guard let from = offset(start, text) else { return nil }
        // Without groups in the pattern, group 1 is the whole.
        guard group <= max(1, Int64(expression.groups)) else { return nil }
        let group = expression.groups == 0 ? 0 : Int(group)
        var left = number
        var found: Range<Int>?
        eachMatch(expression, text, from: from, needsGroups: group > 0) { match, _ in
            left -= 1
            if left == 0 { found = match.range(group) }
            return left > 0
        }
        return found
    }

    static func place() -> Kernel {
        let cache = Cache()
        return Kernels.integers { arguments, row in
            func number(_ index: Int, _ absent: Int64) -> Int64 {
                index < arguments.count ? arguments.int64(index, row) : absent
            }
            let (start, which, end, group) = (number(2, 1), number(3, 1), number(4, 0), number(6, 0))
            if start <= 0 { return parameter("start", start) }
            if which <= 0 { return parameter("n", which) }
            if end != 0, end != 1 { return parameter("endoption", end) }
            if group < 0 { return parameter("subexpr", group) }
            return with(cache, arguments, row, flags: 5, refusesGlobal: "regexp_instr") { expression, text in
                guard let found = range(expression, text, start, which, group) else { return .value(0) }
                let place = end == 1 ? found.upperBound : found.lowerBound
                return .value(Kernels.characters(UnsafeRawBufferPointer(rebasing: text[..<place])) + 1)
            }
        }
    }

    static func part(start: Int, number: Int, flags: Int, group: Int) -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            func value(_ index: Int, _ absent: Int64) -> Int64 {
                index < arguments.count ? arguments.int64(index, row) : absent
            }
            let (first, which, group) = (value(start, 1), value(number, 1), value(group, 0))
            if first <= 0 { return parameter("start", first) }
            if which <= 0 { return parameter("n", which) }
            if group < 0 { return parameter("subexpr", group) }
            return with(cache, arguments, row, flags: flags, refusesGlobal: "regexp_substr") { expression, text in
                guard let found = range(expression, text, first, which, group) else { return .null }
                writer.append(UnsafeRawBufferPointer(rebasing: text[found]))
                return .value(())
            }
        }
    }

    // MARK: - Replacement

    static func replace(start: Int?, count: Int?, flags: Int) -> Kernel {
        let cache = Cache()
        return Kernels.texts { arguments, row, writer in
            func value(_ index: Int?, _ absent: Int64) -> Int64 {
                if let index, index < arguments.count { arguments.int64(index, row) } else { absent }
            }
            let first = value(start, 1)
            let number = value(count, -1)
            if first <= 0 { return parameter("start", first) }
            if number < 0, let count, count < arguments.count { return parameter("n", number) }
            return with(cache, arguments, row, flags: flags) { expression, text in
                let which = number >= 0 ? number : expression.isGlobal ? 0 : 1
                let replacement = arguments.text(2, row)
                guard let from = offset(first, text) else {
                    writer.append(text)
                    return .value(())
                }
                var copied = 0
                var seen: Int64 = 0
                let needsGroups = replacement.contains(UInt8(ascii: "\\"))
                eachMatch(expression, text, from: from, needsGroups: needsGroups) { match, _ in
                    seen += 1
                    if which > 0, seen != which { return true }
                    writer.append(UnsafeRawBufferPointer(rebasing: text[copied..<match.start]))
                    append(replacement, match, text, writer)
                    copied = match.end
                    return which == 0 && writer.count <= Kernels.resultBytesMax
                }
                writer.append(UnsafeRawBufferPointer(rebasing: text[copied...]))
                return .value(())
            }
        }
    }

    private static func append(
        _ replacement: UnsafeRawBufferPointer, _ match: RegularExpression.Match, _ text: UnsafeRawBufferPointer,
        _ writer: ByteWriter
    ) {
        var position = 0
        while position < replacement.count {
            let byte = replacement[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < replacement.count else {
                writer.append(byte)
                continue
            }
            let next = replacement[position]
            var group: Int?
            switch next {
            case UInt8(ascii: "1")...UInt8(ascii: "9"): group = Int(next - UInt8(ascii: "0"))
            case UInt8(ascii: "&"): group = 0
            case UInt8(ascii: "\\"): break
            default:
                writer.append(byte)
                continue
            }
            position += 1
            if let group {
                if let range = match.range(group) { writer.append(UnsafeRawBufferPointer(rebasing: text[range])) }
            } else {
                writer.append(byte)
            }
        }
    }
}
