#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The natural exponential of `x`: 0 far below, infinity far above.
///
/// The only functions taken from the C library; equal to the bit for the same library on the same CPU family.
@inline(__always)
func exponential(_ x: Double) -> Double { exp(x) }

/// The natural logarithm of `x`: minus infinity at 0.
@inline(__always)
func logarithm(_ x: Double) -> Double { log(x) }
