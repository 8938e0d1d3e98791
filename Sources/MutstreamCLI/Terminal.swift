import MutstreamConnectors
import MutstreamEngine
import MutstreamSQL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the terminal can show, and how things are said on it. Rows go to standard output, everything else to standard error.
enum Terminal {
    static let errorIsTerminal = isatty(2) == 1
    static let outputIsTerminal = isatty(1) == 1
    static let usesColors =
        errorIsTerminal && getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) } != "dumb"

    static func error(_ message: String, hint: String?) {
        say(bold("error: ", 31) + message)
        if let hint { say("  " + hint) }
    }

    static func warning(_ message: String) { say(bold("warning: ", 33) + message) }

    static func report(_ error: SQLError, _ source: SourceText, json: Bool) {
        let printer = DiagnosticPrinter(source, usesColors: usesColors && !json)
        if json {
            print(printer.json(error, severity: .error))
        } else {
            write(printer.text(error, severity: .error))
        }
    }

    static func report(_ error: ConnectorError) { self.error(error.message, hint: error.hint) }

    static func bold(_ text: String, _ color: Int) -> String {
        usesColors ? "\u{1B}[1;\(color)m\(text)\u{1B}[0m" : text
    }

    static func say(_ line: String) { write(line + "\n") }

    static func write(_ text: String) {
        var text = text
        // A terminal that is gone has no one to tell.
        text.withUTF8 { _ = System.writeAll(2, UnsafeRawBufferPointer($0)) }
    }

    /// A whole number with thin groups: 1 234 567.
    static func grouped(_ number: Int) -> String {
        let digits = String(abs(number))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return number < 0 ? "-" + result : result
    }

    /// With the given digits after the point.
    static func fixed(_ number: Double, _ digits: Int) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
        let unit = (0..<digits).reduce(1.0) { unit, _ in unit * 10 }
        let scaled = Int((abs(number) * unit).rounded())
        let whole = "\(scaled / Int(unit))"
        let sign = number < 0 && scaled != 0 ? "-" : ""
        if digits == 0 { return sign + whole }
        let fraction = String(scaled % Int(unit))
        return sign + whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
