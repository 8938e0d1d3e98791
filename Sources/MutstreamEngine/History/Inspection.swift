import MutstreamStorage

/// What a data directory holds, with every check sum looked at.
package struct Inspection: Sendable {
    package struct Segment: Sendable {
        package var name: String
        package var bytes: Int
        package var steps: ClosedRange<Int64>?
        /// Why it ends before its bytes do.
        package var problem: String?
    }

    package struct Checkpoint: Sendable {
        package var step: Int64
        package var bytes: Int
        package var problem: String?
    }

    package var history: String
    package var segments: [Segment] = []
    package var checkpoints: [Checkpoint] = []

    package init(dataDirectory path: String, files: any FileSystem = SystemFiles()) throws(ConnectorError) {
        let directory = try stored { () throws(StorageError) in try DataDirectory(reading: files, path) }
        history = directory.identity
        try stored { () throws(StorageError) in
            let names = (try files.names(in: directory.logFolder) ?? []).filter { $0.hasPrefix("log-") }
            for name in names { segments.append(try Inspection.segment(files, directory.logFolder, name)) }
            for step in try CheckpointFile.steps(files, in: directory.checkpointFolder) {
                let file = try files.open(directory.checkpointFolder + "/" + CheckpointFile.name(step), .read)
                var checkpoint = Checkpoint(step: step, bytes: try file.size())
                do throws(StorageError) {
                    _ = try CheckpointFile.read(files, in: directory.checkpointFolder, step: step)
                } catch { checkpoint.problem = error.message }
                checkpoints.append(checkpoint)
            }
        }
        for index in segments.indices.dropFirst() {
            guard let last = segments[index - 1].steps?.upperBound, let first = segments[index].steps?.lowerBound,
                first != last + 1
            else { continue }
            segments[index].problem = segments[index].problem ?? "steps \(last + 1) to \(first - 1) are missing before it"
        }
    }

    /// Damage, or the end that a crash left.
    package var problems: [String] { segments.compactMap(\.problem) + checkpoints.compactMap(\.problem) }

    private static func segment(
        _ files: any FileSystem, _ folder: String, _ name: String
    ) throws(StorageError) -> Segment {
        let file = try files.open(folder + "/" + name, .read)
        var segment = Segment(name: name, bytes: try file.size())
        guard let head = try Frame.read(file, at: 0) else {
            segment.problem = "\(name) has no head"
            return segment
        }
        var offset = Frame.headerBytes + head.payload.count
        while offset < segment.bytes {
            guard let frame = try Frame.read(file, at: offset) else {
                segment.problem = "\(name): byte \(offset) begins no whole step, \(segment.bytes - offset) bytes follow"
                break
            }
            segment.steps = (segment.steps?.lowerBound ?? frame.number)...frame.number
            offset += Frame.headerBytes + frame.payload.count
        }
        return segment
    }
}
