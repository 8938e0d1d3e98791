#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The C library's functions of real numbers: the only ones that the engine takes from outside the standard library.
enum Math {
    static func exp(_ x: Double) -> Double { _exp(x) }
    static func ln(_ x: Double) -> Double { _log(x) }
    static func log10(_ x: Double) -> Double { _log10(x) }
    static func power(_ x: Double, _ y: Double) -> Double { _pow(x, y) }
    static func cbrt(_ x: Double) -> Double { _cbrt(x) }
    static func sin(_ x: Double) -> Double { _sin(x) }
    static func cos(_ x: Double) -> Double { _cos(x) }
    static func tan(_ x: Double) -> Double { _tan(x) }
    static func asin(_ x: Double) -> Double { _asin(x) }
    static func acos(_ x: Double) -> Double { _acos(x) }
    static func atan(_ x: Double) -> Double { _atan(x) }
    static func atan2(_ y: Double, _ x: Double) -> Double { _atan2(y, x) }
    static func sinh(_ x: Double) -> Double { _sinh(x) }
    static func cosh(_ x: Double) -> Double { _cosh(x) }
    static func tanh(_ x: Double) -> Double { _tanh(x) }
    static func asinh(_ x: Double) -> Double { _asinh(x) }
    static func acosh(_ x: Double) -> Double { _acosh(x) }
    static func atanh(_ x: Double) -> Double { _atanh(x) }
}

extension Math {
    /// The digits of `printf`: `%.nf` or `%.ne`.
    static func text(_ value: Double, digits: Int, isScientific: Bool) -> String {
        if !value.isFinite { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        var buffer = [CChar](repeating: 0, count: 340 + digits)
        let count = withVaList([Int32(truncatingIfNeeded: digits), value]) {
            vsnprintf(&buffer, buffer.count, isScientific ? "%.*e" : "%.*f", $0)
        }
        return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

// Inside the type its own names would hide those of the library.
private func _exp(_ x: Double) -> Double { exp(x) }
private func _log(_ x: Double) -> Double { log(x) }
private func _log10(_ x: Double) -> Double { log10(x) }
private func _pow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
private func _cbrt(_ x: Double) -> Double { cbrt(x) }
private func _sin(_ x: Double) -> Double { sin(x) }
private func _cos(_ x: Double) -> Double { cos(x) }
private func _tan(_ x: Double) -> Double { tan(x) }
private func _asin(_ x: Double) -> Double { asin(x) }
private func _acos(_ x: Double) -> Double { acos(x) }
private func _atan(_ x: Double) -> Double { atan(x) }
private func _atan2(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
private func _sinh(_ x: Double) -> Double { sinh(x) }
private func _cosh(_ x: Double) -> Double { cosh(x) }
private func _tanh(_ x: Double) -> Double { tanh(x) }
private func _asinh(_ x: Double) -> Double { asinh(x) }
private func _acosh(_ x: Double) -> Double { acosh(x) }
private func _atanh(_ x: Double) -> Double { atanh(x) }
