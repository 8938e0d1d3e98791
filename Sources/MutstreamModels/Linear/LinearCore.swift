/// The loss that a linear model lowers.
enum LinearLoss: UInt8 {
    /// −ln P(label), P(true) = 1 / (1 + e^−score).
    case logistic
    /// ½ (score − label)².
    case squared
}

/// The weights of a linear model and the arithmetic on them; a handle that does not own its memory.
///
/// ```
/// slots:  [ bias | one a numeric feature | 2^hash_bits for the texts ]
/// ```
struct LinearCore<Rule: Optimizer>: BitwiseCopyable {
    let rule: Rule
    let slots: UnsafeMutablePointer<Rule.Slot>
    let count: Int
    /// By how much a hash is shifted right to be the number of a slot in the table.
    let hashShift: UInt64

    /// The greatest slope of the loss in the score: as in scikit-learn's and River's linear models.
    static var slopeMax: Double { 1e12 }

    init(rule: Rule, count: Int, hashBits: Int) {
        self.rule = rule
        self.count = count
        hashShift = UInt64(64 - hashBits)
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .untaught, count: count)
    }

    /// The weighted sum of the features, in the order bias, numbers, texts.
    @inline(__always)
    func score(_ numeric: UnsafeBufferPointer<Double>, _ text: UnsafeBufferPointer<UInt64>) -> Double {
        var sum = slots[0].weight
        for index in 0..<numeric.count { sum += slots[index + 1].weight * numeric[index] }
        let table = slots + (1 + numeric.count)
        for index in 0..<text.count where text[index] != 0 {
            sum += table[Int(truncatingIfNeeded: text[index] &>> hashShift)].weight
        }
        return sum
    }

    /// Moves the weights of one example against the gradient of its loss.
    @inline(__always)
    func learn(
        _ numeric: UnsafeBufferPointer<Double>, _ text: UnsafeBufferPointer<UInt64>,
        label: Double, weight: Double, loss: LinearLoss
    ) {
        let score = score(numeric, text)
        var slope: Double
        switch loss {
        case .logistic: slope = (probability(score) - label) * weight
        case .squared:
            var squaredLength = 1.0
            for index in 0..<numeric.count { squaredLength += numeric[index] * numeric[index] }
            for index in 0..<text.count where text[index] != 0 { squaredLength += 1 }
            slope = rule.damped((score - label) * weight, squaredLength: squaredLength * weight)
        }
        slope = clamped(slope, to: Self.slopeMax)

        rule.withoutPenalty.step(&slots[0], gradient: slope)
        for index in 0..<numeric.count {
            let gradient = clamped(slope * numeric[index], to: magnitudeMax)
            // A missing or average value teaches its weight nothing, not even to shrink.
            if numeric[index] != 0 { rule.step(&slots[index + 1], gradient: gradient) }
        }
        let table = slots + (1 + numeric.count)
        for index in 0..<text.count where text[index] != 0 {
            rule.step(&table[Int(truncatingIfNeeded: text[index] &>> hashShift)], gradient: slope)
        }
    }

    func reset() { slots.update(repeating: .untaught, count: count) }
}

/// The logistic function, within 0...1.
@inline(__always)
func probability(_ score: Double) -> Double { 1 / (1 + exponential(-score)) }

// MARK: - State

extension LinearCore {
    /// The numbers of one slot.
    static var laneCount: Int { MemoryLayout<Rule.Slot>.size / MemoryLayout<Double>.size }

    private func lanes(_ index: Int) -> UnsafeBufferPointer<Double> {
        UnsafeRawBufferPointer(start: slots + index, count: MemoryLayout<Rule.Slot>.size)
            .assumingMemoryBound(to: Double.self)
    }

    /// Writes the slots that are not untaught, by ascending number.
    func encode(into writer: inout StateWriter) {
        let taught = (0..<count).count { lanes($0).contains { $0.bitPattern != 0 } }
        writer.write(UInt64(taught))
        for index in 0..<count where lanes(index).contains(where: { $0.bitPattern != 0 }) {
            writer.write(UInt32(index))
            for lane in lanes(index) { writer.write(lane) }
        }
    }

    /// Reads what ``encode(into:)`` wrote, into slots that are untaught.
    func decode(from reader: inout StateReader) throws(ModelError) {
        let taught = try reader.readCount(max: count)
        var next = 0
        for _ in 0..<taught {
            let index = Int(try reader.read(UInt32.self))
            guard index >= next, index < count else { throw reader.malformed("a weight is out of order") }
            next = index + 1
            let target = UnsafeMutableRawPointer(slots + index)
            for lane in 0..<Self.laneCount {
                target.storeBytes(of: try reader.readNumber(), toByteOffset: lane * 8, as: Double.self)
            }
            guard slots[index].isSound else { throw reader.malformed("a weight is out of range") }
        }
    }
}
