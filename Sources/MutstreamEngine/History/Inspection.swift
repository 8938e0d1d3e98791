import MutstreamColumnar
import MutstreamStorage

/// What a data directory holds, with every check sum looked at.
package struct Inspection: Sendable {
    package struct Segment: Sendable {
        package var name: String
        package var bytes: Int
        package var steps: ClosedRange<Int64>?
        /// The clock of the first and of the last step, in microseconds since 1970.
        package var clocks: ClosedRange<Int64>?
        /// Steps that are missing or damaged, each with its place.
        package var problems: [String] = []
    }

    package struct Checkpoint: Sendable {
        package var step: Int64
        package var bytes: Int
        package var problem: String?
    }

    /// A pipeline that wrote the log.
    package struct Era: Sendable {
        package var firstStep: Int64
        /// The name of its file in the folder.
        package var file: String
    }

    package var history: String
    package var segments: [Segment] = []
    package var checkpoints: [Checkpoint] = []
    package var eras: [Era] = []
    /// What does not fit together, though each file may be whole.
    package var gaps: [String] = []

    package init(dataDirectory path: String, files: any FileSystem = SystemFiles()) throws(ConnectorError) {
        let directory = try stored { () throws(StorageError) in try DataDirectory(reading: files, path) }
        history = directory.identity
        try stored { () throws(StorageError) in
            let names = (try files.names(in: directory.logFolder) ?? []).filter { $0.hasPrefix("log-") }.sorted()
            for name in names { segments.append(try Inspection.segment(files, directory.logFolder, name)) }
            for step in try CheckpointFile.steps(files, in: directory.checkpointFolder) {
                let file = try files.open(directory.checkpointFolder + "/" + CheckpointFile.name(step), .read)
                var checkpoint = Checkpoint(step: step, bytes: try file.size())
                do throws(StorageError) {
                    _ = try CheckpointFile.read(files, in: directory.checkpointFolder, step: step)
                } catch { checkpoint.problem = error.message }
                checkpoints.append(checkpoint)
            }
            for era in try directory.eras() {
                eras.append(Era(firstStep: era.first, file: directory.eraFile(era.first)))
            }
        }
        findGaps()
    }

    private mutating func findGaps() {
        for index in segments.indices.dropFirst() {
            guard let last = segments[index - 1].steps?.upperBound, let first = segments[index].steps?.lowerBound,
                first > last + 1
            else { continue }
            segments[index].problems.insert(
                "steps \(last + 1) to \(first - 1) are missing before \(segments[index].name)", at: 0)
        }
        guard let newest = checkpoints.last(where: { $0.problem == nil }), newest.step > 0 else { return }
        let last = segments.compactMap(\.steps?.upperBound).max()
        if let last, last < newest.step {
            gaps.append("the log ends with step \(last), before its newest checkpoint, of step \(newest.step)")
        } else if last == nil {
            gaps.append("the log has no steps, and the newest checkpoint is of step \(newest.step)")
        }
        if let first = segments.compactMap(\.steps?.lowerBound).min(), first > newest.step + 1 {
            gaps.append("the log begins with step \(first), behind its newest checkpoint, of step \(newest.step)")
        }
    }

    /// Damage, or the end that a crash left.
    package var problems: [String] { segments.flatMap(\.problems) + checkpoints.compactMap(\.problem) + gaps }

    private static func segment(
        _ files: any FileSystem, _ folder: String, _ name: String
    ) throws(StorageError) -> Segment {
        let file = try files.open(folder + "/" + name, .read)
        var segment = Segment(name: name, bytes: try file.size())
        guard let head = try Frame.read(file, at: 0) else {
            segment.problems.append("\(name) has no head")
            return segment
        }
        var offset = Frame.headerBytes + head.payload.count
        while offset < segment.bytes {
            if let frame = try Frame.read(file, at: offset) {
                segment.note(frame)
                offset += Frame.headerBytes + frame.payload.count
                continue
            }
            let expected = segment.steps.map { "step \($0.upperBound + 1)" } ?? "a step"
            guard let (next, frame) = try Frame.search(file, from: offset + 1) else {
                segment.problems.append(
                    "\(name): byte \(offset) begins no whole step (\(expected)), \(segment.bytes - offset) bytes follow")
                break
            }
            segment.problems.append(
                "\(name): byte \(offset) begins no whole step (\(expected)), though step \(frame.number) at byte \(next) is "
                    + "whole: it is damage, no crash")
            offset = next
        }
        return segment
    }
}

extension Inspection.Segment {
    fileprivate mutating func note(_ frame: Frame) {
        if let known = steps, frame.number > known.upperBound + 1, problems.isEmpty {
            problems.append("\(name): step \(frame.number) follows step \(known.upperBound)")
        }
        steps = min(steps?.lowerBound ?? frame.number, frame.number)...max(steps?.upperBound ?? frame.number, frame.number)
        var clock: Int64 = 0
        do throws(StateDamage) { try StateCoder(reading: frame.payload).code(&clock) } catch { return }
        clocks = min(clocks?.lowerBound ?? clock, clock)...max(clocks?.upperBound ?? clock, clock)
    }
}
