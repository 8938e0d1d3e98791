import MutstreamColumnar

/// Random JSON lines: valid rows of ``DecoderSchema/everyType`` in every spelling, and mutations of them.
struct RandomRows {
    var random: SeededRandom

    init(_ seed: UInt64) { random = SeededRandom(seed) }

    mutating func line() -> String {
        var names = ["b", "i", "l", "d", "n", "t", "day", "at", "span"]
        if random.chance(30) { names.shuffle(using: &random) }
        if random.chance(40) { names.removeAll { _ in random.chance(20) } }
        if random.chance(20) { names.insert("other", at: random.below(names.count + 1)) }
        if random.chance(3), let name = names.first { names.append(name) }
        let gap = random.chance(30) ? " " : ""
        var text = "{\(gap)"
        for (index, name) in names.enumerated() {
            if index > 0 { text += ",\(gap)" }
            let shown = random.chance(5) ? name.uppercased() : random.chance(3) ? "\\u00" + hex(name) : name
            text += "\"\(shown)\"\(random.chance(5) ? gap : ""):\(gap)\(value(name))"
        }
        return text + "\(gap)}"
    }

    /// A name with its first letter as an escape.
    private func hex(_ name: String) -> String {
        String(name.utf8.first ?? 0, radix: 16) + name.dropFirst()
    }

    private mutating func value(_ name: String) -> String {
        if random.chance(6) { return "null" }
        if random.chance(3) {
            return ["1", "\"x\"", "true", "[1,{\"a\":[]}]", "{}", "1.5", "nul", "01", "\"\\ud800\""].randomElement(
                using: &random) ?? ""
        }
        switch name {
        case "b": return random.chance(50) ? "true" : "false"
        case "i":
            return random.chance(5)
                ? "2147483648" : "\(Int32.random(in: .min ... .max, using: &random) >> Int32(random.below(32)))"
        case "l":
            return [
                "\(Int64(bitPattern: random.next()) >> Int64(random.below(64)))", "1e3", "12.0", "1.5", "-0",
                "9223372036854775808", "\(random.below(100_000_000))",
            ].randomElement(using: &random) ?? ""
        case "d":
            return [
                "\(random.below(1000)).\(random.below(100_000))", "1e\(random.below(400))", "-\(random.next())", "0.1E-5",
            ].randomElement(using: &random) ?? ""
        case "n":
            return ["\(random.below(1_000_000)).\(random.below(1000))", "1e11", "-0.005", "\(random.below(100))"]
                .randomElement(using: &random) ?? ""
        case "day": return "\"2024-\(random.below(14))-\(random.below(32))\""
        case "at":
            return random.chance(20)
                ? "\(random.below(2_000_000_000_000))"
                : "\"2024-01-0\(random.below(10))T00:00:1\(random.below(10))\(random.chance(50) ? ".\(random.below(10_000_000))" : "")\""
        case "span": return "\"\(random.below(40)) day 0\(random.below(10)):00:00\""
        default: return string()
        }
    }

    mutating func string() -> String {
        let parts = [
            "a", "Google", " ", "é", "日本語", "🙂", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude42", "\\u0041", "/",
            "\u{7f}", "abcdefghijklmnop",
        ]
        var text = ""
        for _ in 0..<random.below(random.chance(10) ? 40 : 8) {
            text += parts[random.below(random.chance(50) ? 2 : parts.count)]
        }
        return "\"\(text)\""
    }

    /// A line with some bytes changed, lost or doubled; never with a newline.
    mutating func mutated(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0...random.below(3) where !line.isEmpty {
            let position = random.below(line.count)
            switch random.below(4) {
            case 0: line[position] = UInt8(random.below(256))
            case 1: line.remove(at: position)
            case 2: line.insert(Array("\"\\{}[],:0e-.\u{1}".utf8)[random.below(12)], at: position)
            default: line.removeSubrange(position..<min(line.count, position + random.below(20)))
            }
        }
        return line.map { $0 == 0x0a ? 0x20 : $0 }
    }
}
