/// Brings numeric features to mean 0 and deviation 1 by the statistics of the rows seen so far.
///
/// Mean and sum of squared deviations are updated one value at a time (Welford, "Note on a Method for Calculating
/// Corrected Sums of Squares and Products", Technometrics 4, 1962). A missing value, and one of a feature that has
/// not varied yet, becomes 0. Owns its memory; its owner calls ``deallocate()``.
struct Standardizer: BitwiseCopyable {
    let count: Int
    /// The deviations beyond which a value is cut off.
    let clip: Double
    /// Whether values are standardised at all; if not they are only bounded.
    let isOn: Bool
    /// The sum of squared deviations up to which a feature counts as not varying, so that its inverse is a number.
    private static let squaresMin = 1e-280
    /// `count` numbers each: means, sums of squared deviations, inverse deviations, counts, and the scaled row.
    private let memory: UnsafeMutablePointer<Double>

    init(count: Int, clip: Double, isOn: Bool) {
        self.count = count
        self.clip = clip
        self.isOn = isOn
        memory = .allocate(capacity: max(1, 5 * count))
        memory.initialize(repeating: 0, count: max(1, 5 * count))
    }

    func deallocate() { memory.deallocate() }

    func reset() { memory.update(repeating: 0, count: 5 * count) }

    /// The row, scaled, in memory that the next call overwrites.
    @inline(__always)
    func scaled(_ row: UnsafeBufferPointer<Double>) -> UnsafeBufferPointer<Double> {
        precondition(row.count == count, "one value a numeric feature")
        let scaled = memory + 4 * count
        if isOn {
            let inverses = memory + 2 * count
            for index in 0..<count {
                let value = clamped(row[index], to: magnitudeMax)
                let deviations = clamped((value - memory[index]) * inverses[index], to: clip)
                scaled[index] = row[index].isFinite ? deviations : 0
            }
        } else {
            for index in 0..<count {
                scaled[index] = row[index].isFinite ? clamped(row[index], to: magnitudeMax) : 0
            }
        }
        return UnsafeBufferPointer(start: scaled, count: count)
    }

    /// Adds one row to the statistics.
    @inline(__always)
    func observe(_ row: UnsafeBufferPointer<Double>) {
        precondition(row.count == count, "one value a numeric feature")
        guard isOn else { return }
        let squares = memory + count
        let inverses = memory + 2 * count
        let counts = memory + 3 * count
        for index in 0..<count where row[index].isFinite {
            let value = clamped(row[index], to: magnitudeMax)
            let number = counts[index] + 1
            let delta = value - memory[index]
            let mean = memory[index] + delta / number
            let square = squares[index] + delta * (value - mean)
            counts[index] = number
            memory[index] = mean
            squares[index] = square
            inverses[index] = square > Self.squaresMin ? (number / square).squareRoot() : 0
        }
    }

    /// The mean of feature `index`.
    func mean(_ index: Int) -> Double { memory[index] }

    /// The deviation of feature `index`, 0 if it has not varied.
    func deviation(_ index: Int) -> Double {
        let number = memory[3 * count + index]
        return number > 0 ? (memory[count + index] / number).squareRoot() : 0
    }

    func encode(into writer: inout StateWriter) {
        for index in 0..<4 * count { writer.write(memory[index]) }
    }

    func decode(from reader: inout StateReader) throws(ModelError) {
        for index in 0..<count { memory[index] = try reader.readNumber(in: -magnitudeMax...magnitudeMax) }
        for index in count..<4 * count {
            memory[index] = try reader.readNumber(in: 0...1e300)
        }
    }
}
