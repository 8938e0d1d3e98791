/// One example as the operator presents it; the pointers are valid for the call only.
package struct Features {
    /// One number a numeric feature; anything that is not finite means missing (`NULL`).
    package var numeric: UnsafeBufferPointer<Double>
    /// One ``hashText(_:column:)`` a text feature; 0 means missing (`NULL`).
    package var text: UnsafeBufferPointer<UInt64>

    package init(numeric: UnsafeBufferPointer<Double>, text: UnsafeBufferPointer<UInt64>) {
        self.numeric = numeric
        self.text = text
    }
}

/// A model that answers questions and learns from labelled examples, one at a time and in their order.
///
/// ```swift
/// let answer = model.predict(features)             // test …
/// model.learn(features, label: 1, weight: 1)       // … then train
/// ```
///
/// Answers and states are functions of the lessons and their order alone: no clock, no randomness. Nothing a caller
/// passes makes an answer anything but finite.
package protocol OnlineModel: AnyObject {
    /// The number of lessons taken; lessons that were ignored are not counted.
    var lessonCount: UInt64 { get }

    /// The answer for one example; asking does not change the model.
    func predict(_ x: Features) -> Double

    /// Takes one lesson; one whose label is not finite or whose weight is not finite and above 0 is ignored.
    func learn(_ x: Features, label: Double, weight: Double)

    /// Forgets all lessons.
    func reset()

    /// Appends the whole state; decoding it gives a model that answers and goes on learning equally to the bit.
    func encode(into bytes: inout [UInt8])
}

/// The hash of one text of a column: fixed for all time (it is part of every checkpoint), well mixed, never 0.
///
/// Takes eight bytes a multiplication, each step a bijection of the running state; ends with the finaliser of
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). It does not
/// resist an adversary who looks for collisions; a collision costs accuracy, never memory or time.
///
/// - Parameter column: the number of the feature among the text features; equal texts of two columns differ.
/// - Complexity: O(bytes), no allocation.
package func hashText(_ bytes: UnsafeRawBufferPointer, column: Int) -> UInt64 {
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    // Column and length are mixed before the bytes, so that no byte can make up for another length.
    var hash = mix((UInt64(truncatingIfNeeded: column) &<< 40) &+ UInt64(truncatingIfNeeded: bytes.count) &+ factor)
    var offset = 0
    while bytes.count - offset >= 8 {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        hash = (hash ^ word) &* factor
        hash ^= hash >> 32
        offset += 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count {
        rest |= UInt64(bytes[offset]) &<< shift
        shift += 8
        offset += 1
    }
    hash = mix((hash ^ rest) &* factor)
    return hash == 0 ? factor : hash
}

/// The finaliser of SplitMix64, a bijection.
private func mix(_ x: UInt64) -> UInt64 {
    var x = x
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
}
