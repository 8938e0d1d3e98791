import MutstreamColumnar
import MutstreamDataflow

/// One change of one input of an operator, or a rise of its watermark, at an ordinal.
package struct TestEvent: Sendable {
    package var input: Int
    package var row: TestRow?
    /// The input's watermark after this ordinal.
    package var watermark: Int64?

    package init(_ input: Int, _ row: TestRow, watermark: Int64? = nil) {
        self.input = input
        self.row = row
        self.watermark = watermark
    }

    package var ordinal: Int64 { row?.ordinal ?? 0 }
}

/// Where to cut events into steps: random places between ordinals, so that some steps are short and some are long.
package func divisions(_ ordinals: [Int64], _ random: inout SplitMix64) -> [Range<Int>] {
    var result: [Range<Int>] = []
    let longest = [1, 2, 7, 64, 1000][random.below(5)]
    var start = 0
    while start < ordinals.count {
        var end = min(ordinals.count, start + 1 + random.below(longest))
        while end < ordinals.count, ordinals[end] == ordinals[end - 1] { end += 1 }
        result.append(start..<end)
        start = end
    }
    return result
}

/// Feeds an operator events in steps and keeps what comes out.
///
/// Now and then ``run(_:_:)`` goes on with another operator, made like the first, that has read the first one's state; and
/// images of the state are taken, which must be those of their moment though steps follow before they are given out.
package final class Runner {
    package private(set) var subject: any Operator
    private let make: () -> any Operator
    private let inputs: [[DataType]]
    private let outputs: [[DataType]]
    private var watermarks: [Int64]
    private var stepNumber: Int64 = 0
    private var images = SplitMix64(seed: 42)
    /// An image under way, and the bytes that it must give.
    private var image: (bytes: [UInt8], image: StateImage)?
    /// The deltas of the last step.
    package private(set) var last: [Delta] = []
    /// All rows of output 0 so far.
    package private(set) var out: [TestRow] = []
    /// All rows of output 1 so far.
    package private(set) var second: [TestRow] = []

    package init(
        _ make: @autoclosure @escaping () -> any Operator, inputs: [[DataType]], outputs: [[DataType]]
    ) {
        self.make = make
        subject = make()
        self.inputs = inputs
        self.outputs = outputs
        watermarks = inputs.map { _ in .min }
    }

    /// Runs one step with these events, which are in the order of ordinals.
    @discardableResult
    package func step(_ events: some Collection<TestEvent>) -> [TestRow] {
        var deltas: [Delta] = []
        for (index, types) in inputs.enumerated() {
            var progress = Progress(start: watermarks[index])
            for event in events where event.input == index {
                guard let watermark = event.watermark, watermark > progress.end else { continue }
                if progress.ordinals.last == event.ordinal {
                    progress.values[progress.values.count - 1] = watermark
                } else {
                    progress.ordinals.append(event.ordinal)
                    progress.values.append(watermark)
                }
            }
            watermarks[index] = progress.end
            let rows = events.compactMap { $0.input == index ? $0.row : nil }
            deltas.append(Delta(batch(types, rows), progress))
        }
        let reached = last.map { Progress(start: $0.progress.end) }
        last = outputs.indices.map { Delta(.empty(outputs[$0]), $0 < reached.count ? reached[$0] : .none) }
        turnImage()
        subject.step(deltas, StepContext(step: stepNumber, clock: 0), &last)
        stepNumber += 1
        if last.count > 1 { second += rows(of: last[1].batch) }
        let first = last.isEmpty ? [] : rows(of: last[0].batch)
        out += first
        return first
    }

    private func turnImage() {
        if let (bytes, noted) = image {
            var image = noted
            if images.oneIn(2) { return }
            var found: [UInt8] = []
            while !image.isAtEnd { found += image.take(1 + images.below(100_000)) }
            precondition(found == bytes, "an image is that of its moment")
            self.image = nil
        } else if images.oneIn(16) {
            do throws(StateDamage) {
                let (writer, capturer) = (StateCoder(), StateCoder(capturing: ()))
                try subject.code(writer)
                try subject.code(capturer)
                image = (writer.bytes, capturer.image)
            } catch { preconditionFailure(error.message) }
        }
    }

    /// Runs all events, divided at random.
    package func run(_ events: [TestEvent], _ random: inout SplitMix64) {
        for range in divisions(events.map(\.ordinal), &random) {
            step(events[range])
            if random.oneIn(8) { restart() }
        }
    }

    /// Takes the state over into a new operator; nothing where the subject was made beforehand.
    package func restart() {
        let fresh = make()
        if fresh === subject { return }
        let writer = StateCoder()
        do throws(StateDamage) {
            try subject.code(writer)
            let reader = StateCoder(reading: writer.bytes)
            try fresh.code(reader)
            try reader.end()
            let again = StateCoder()
            try fresh.code(again)
            precondition(again.bytes == writer.bytes, "a state that was read is written alike")
        } catch { preconditionFailure(error.message) }
        subject = fresh
    }
}
