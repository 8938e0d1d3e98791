import MutstreamColumnar

/// A LIKE pattern, ready to match: runs of bytes between `%`, in which `_` stands for one character.
///
/// A run is looked for as early as possible after the one before, so a match takes at most text × pattern steps.
struct TextPattern {
    enum Defect: Error {
        case endsWithEscape
    }

    /// A run between two `%`. `anyOne` marks the positions of `_`, whose bytes are 0; nil: there is none.
    private struct Run {
        var bytes: [UInt8] = []
        var anyOne: [Bool] = []
        var hasAnyOne = false
    }

    private var runs: [Run]
    private let ignoreCase: Bool

    /// - Parameter escape: the bytes of the escape character; empty: none.
    init(_ pattern: UnsafeRawBufferPointer, escape: [UInt8], ignoreCase: Bool) throws(Defect) {
        self.ignoreCase = ignoreCase
        let bytes = ignoreCase ? TextPattern.folded(pattern) : Array(pattern)
        let escape = ignoreCase ? escape.withUnsafeBytes { TextPattern.folded($0) } : escape
        runs = [Run()]
        var position = 0
        func append(_ byte: UInt8, _ any: Bool) {
            runs[runs.count - 1].bytes.append(byte)
            runs[runs.count - 1].anyOne.append(any)
            if any { runs[runs.count - 1].hasAnyOne = true }
        }
        while position < bytes.count {
            if !escape.isEmpty, bytes[position...].starts(with: escape) {
                position += escape.count
                if position == bytes.count { throw .endsWithEscape }
                let length = min(TextPattern.width(bytes[position]), bytes.count - position)
                for byte in bytes[position..<position + length] { append(byte, false) }
                position += length
                continue
            }
            switch bytes[position] {
            case UInt8(ascii: "%"): runs.append(Run())
            case UInt8(ascii: "_"): append(0, true)
            default: append(bytes[position], false)
            }
            position += 1
        }
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        if !ignoreCase { return match(text) }
        return TextPattern.folded(text).withUnsafeBytes { match($0) }
    }

    private func match(_ text: UnsafeRawBufferPointer) -> Bool {
        let last = runs.count - 1
        guard let start = end(of: runs[0], in: text, at: 0) else { return false }
        if last == 0 { return start == text.count }
        var position = start
        for index in 1..<last {
            let run = runs[index]
            if run.bytes.isEmpty { continue }
            guard let found = find(run, in: text, from: position) else { return false }
            position = found
        }
        return endsWith(runs[last], text, from: position)
    }

    /// Where the run ends if it begins at `start`.
    @inline(__always)
    private func end(of run: Run, in text: UnsafeRawBufferPointer, at start: Int) -> Int? {
        let count = run.bytes.count
        if !run.hasAnyOne {
            if text.count - start < count { return nil }
            for i in 0..<count where text[start &+ i] != run.bytes[i] { return nil }
            return start + count
        }
        var position = start
        for i in 0..<count {
            if position >= text.count { return nil }
            if run.anyOne[i] {
                position += min(TextPattern.width(text[position]), text.count - position)
            } else {
                if text[position] != run.bytes[i] { return nil }
                position += 1
            }
        }
        return position
    }

    private func find(_ run: Run, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        while position < text.count {
            if let end = end(of: run, in: text, at: position) { return end }
            position += min(TextPattern.width(text[position]), text.count - position)
        }
        return nil
    }

    private func endsWith(_ run: Run, _ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        if !run.hasAnyOne {
            let position = text.count - run.bytes.count
            return position >= start && end(of: run, in: text, at: position) == text.count
        }
        // Characters of the run, counted back from the end.
        var position = text.count
        for i in stride(from: run.bytes.count - 1, through: 0, by: -1) {
            if position <= start { return false }
            position -= 1
            if run.anyOne[i] {
                while position > start, text[position] & 0xc0 == 0x80 { position -= 1 }
            } else if text[position] != run.bytes[i] {
                return false
            }
        }
        return true
    }

    /// Bytes of the character that begins with `byte`.
    @inline(__always)
    static func width(_ byte: UInt8) -> Int { byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4 }

    /// In lower case.
    static func folded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } }
        return Array(Letters.lower(bytes).utf8)
    }
}

/// Letters beyond ASCII, one character at a time: only changes of case from one scalar to one are made, as in PostgreSQL.
enum Letters {
    private static func map(_ text: UnsafeRawBufferPointer, _ change: (Unicode.Scalar) -> String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            let changed = change(scalar).unicodeScalars
            result.append(changed.count == 1 ? changed[changed.startIndex] : scalar)
        }
        return String(result)
    }

    static func lower(_ text: UnsafeRawBufferPointer) -> String { map(text) { $0.properties.lowercaseMapping } }
    static func upper(_ text: UnsafeRawBufferPointer) -> String { map(text) { $0.properties.uppercaseMapping } }

    static func initcap(_ text: UnsafeRawBufferPointer) -> String {
        var isInWord = false
        return map(text) { scalar in
            let isWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            defer { isInWord = isWord }
            if !isWord { return String(scalar) }
            return isInWord ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
        }
    }
}

extension Kernels {
    static func like(_ ignoreCase: Bool, _ operands: [Expression]) -> Kernel {
        if operands.count == 2, case .text(var text)? = operands[1].literalValue {
            let pattern = text.withUTF8 { utf8 in
                try? TextPattern(UnsafeRawBufferPointer(utf8), escape: [UInt8(ascii: "\\")], ignoreCase: ignoreCase)
            }
            if let pattern {
                return .binary { lhs, _, _, n, _ in
                    lhs.texts.withReader { reader in
                        .bool(
                            [Bool](unsafeUninitializedCapacity: n) { out, count in
                                for row in 0..<n { out.initializeElement(at: row, to: pattern.matches(reader.bytes(row))) }
                                count = n
                            })
                    }
                }
            }
        }
        return .many { columns, validity, n, faults in
            var values = [Bool](repeating: false, count: n)
            columns[0].texts.withReader { texts in
                columns[1].texts.withReader { patterns in
                    for row in 0..<n where validity?[row] ?? true {
                        var escape = [UInt8(ascii: "\\")]
                        if columns.count > 2 { escape = columns[2].texts.withReader { Array($0.bytes(row)) } }
                        if !escape.isEmpty, escape.count != TextPattern.width(escape[0]) {
                            faults.add(row, .invalidEscape)
                            continue
                        }
                        do {
                            let pattern = try TextPattern(patterns.bytes(row), escape: escape, ignoreCase: ignoreCase)
                            values[row] = pattern.matches(texts.bytes(row))
                        } catch {
                            faults.add(row, .patternEndsWithEscape)
                        }
                    }
                }
            }
            return .bool(values)
        }
    }
}
