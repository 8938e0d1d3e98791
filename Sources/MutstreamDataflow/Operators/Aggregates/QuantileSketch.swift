import MutstreamColumnar

/// Buckets of DDSketch: values whose logarithm to base gamma rounds up to the same number share one.
///
/// A quantile taken from the counts of buckets has a relative error of at most `error`, and buckets can be counted down
/// as well as up (Masson, Rim, Lee: "DDSketch", 2019). A group holds at most one count for each bucket that its values
/// fall in: for error 0.01 some 115 for each power of ten between the least and the greatest magnitude.
struct QuantileSketch: Hashable {
    private let gamma: Double
    private let logGamma: Double

    /// Buckets of positive values lie above this number, those of negative values below its negative.
    private static let middle: Int64 = 1 << 40

    init(error: Double) {
        let error = error > 0 && error < 1 ? min(max(error, 1e-6), 0.5) : 0.01
        gamma = (1 + error) / (1 - error)
        logGamma = Math.ln(gamma)
    }

    /// A number in the order of values.
    func bucket(_ value: Double) -> Int64 {
        if value.isNaN { return .max }
        if value.isInfinite { return value > 0 ? .max - 1 : -(.max - 1) }
        if value == 0 { return 0 }
        let index = (Math.ln(value.magnitude) / logGamma).rounded(.up)
        let number = QuantileSketch.middle &+ Int64(index)
        return value > 0 ? number : -number
    }

    /// The value that stands for a bucket.
    func value(_ bucket: Int64) -> Double {
        if bucket == .max { return .nan }
        if bucket == .max - 1 { return .infinity }
        if bucket == -(.max - 1) { return -.infinity }
        if bucket == 0 { return 0 }
        let index = Double(Int64(bucket.magnitude) &- QuantileSketch.middle)
        let magnitude = min(Math.exp(index * logGamma - Math.ln((gamma + 1) / 2)), .greatestFiniteMagnitude)
        return bucket > 0 ? magnitude : -magnitude
    }

    /// The buckets of a column.
    func buckets(_ column: Column) -> Column {
        guard case .double(let values) = column.values else { return column }
        return .int64(values.map { bucket($0) }, column.validity)
    }
}
