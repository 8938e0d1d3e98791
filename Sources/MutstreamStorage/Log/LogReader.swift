/// Reads the steps of an input log one after the other, and finds where it ends.
///
/// The log ends at the first frame that is not whole and sound. That is how a crash leaves it; but if a later frame says
/// that the missing step had been synced, it was damaged after it was promised, and that is an error.
package final class LogReader {
    /// Where the log ends, and what lies behind that cannot be used.
    package struct End: Sendable {
        package var lastStep: Int64
        var segments: [LogSegment] = []
        var lostSegments: [LogSegment] = []
        /// In the last of ``segments``.
        var offset = 0
        /// Bytes behind the end.
        package var lostBytes = 0
        /// Whole steps behind it, of which at least one before is missing.
        package var lostSteps = 0

        /// A log that has nothing after a step.
        package init(lastStep: Int64) { self.lastStep = lastStep }
    }

    private let files: any FileSystem
    private let folder: String
    package let segments: [LogSegment]
    private var current = 0
    private var file: (any StoredFile)?
    private var offset = 0
    private var nextStep: Int64
    /// The last step that was seen in the segment at hand.
    private var lastSeen: Int64 = 0
    private var end: End?

    /// - Parameter first: the step that is given first; the log must have it, if it has any from there on.
    package init(_ files: any FileSystem, folder: String, from first: Int64) throws(StorageError) {
        self.files = files
        self.folder = folder
        nextStep = first
        segments = (try files.names(in: folder) ?? []).compactMap { LogSegment(name: $0) }
            .sorted { $0.firstStep < $1.firstStep }
        if let start = segments.lastIndex(where: { $0.firstStep <= first }) {
            current = start
        } else if let oldest = segments.first {
            throw StorageError(
                "the log begins with step \(oldest.firstStep), and step \(first) is needed",
                hint: "its beginning was removed, as log_retention says", isDamage: true)
        }
    }

    /// The next step; nil at the end.
    package func next() throws(StorageError) -> Frame? {
        while end == nil {
            guard current < segments.count else {
                finish(.max)
                return nil
            }
            if file == nil, try !openSegment() { return nil }
            guard let file else { return nil }
            if try offset == file.size() {
                // A segment ends where the next one begins.
                guard current + 1 < segments.count, segments[current + 1].firstStep == nextStep else {
                    try endHere()
                    return nil
                }
                current += 1
                self.file = nil
                continue
            }
            guard let frame = try Frame.read(file, at: offset), isExpected(frame) else {
                // Of steps that are not asked for nothing need be whole.
                if lastSeen + 1 < nextStep, let (found, frame) = try Frame.search(file, from: offset + 1), isExpected(frame)
                {
                    offset = found
                    continue
                }
                try endHere()
                return nil
            }
            offset += Frame.headerBytes + frame.payload.count
            lastSeen = frame.number
            if frame.number < nextStep { continue }
            nextStep = frame.number + 1
            return frame
        }
        return nil
    }

    /// Frames before the first step asked for are read over.
    private func isExpected(_ frame: Frame) -> Bool { frame.number <= nextStep && frame.number > 0 }

    private func openSegment() throws(StorageError) -> Bool {
        let segment = segments[current]
        let opened = try files.open(segment.path(in: folder), .read)
        let first = Frame.headerBytes + InputLog.title.count
        if let head = try Frame.read(opened, at: 0), head.payload == InputLog.title {
            guard head.mark == InputLog.version else {
                throw StorageError(
                    "\"\(segment.path(in: folder))\" is of version \(head.mark); this program reads version \(InputLog.version)",
                    hint: "run it with the version of mutstream that wrote it")
            }
        } else if try Frame.read(opened, at: first)?.number != segment.firstStep {
            // A crash may leave a segment without its head; a head that was damaged since has whole steps behind it.
            try endHere()
            return false
        }
        file = opened
        offset = first
        lastSeen = segment.firstStep - 1
        return true
    }

    /// Nothing that follows can be used; a later frame may say that this is damage.
    private func endHere() throws(StorageError) {
        var (lostBytes, lostSteps) = (0, 0)
        let place = file == nil ? 0 : offset
        for index in current..<segments.count {
            let path = segments[index].path(in: folder)
            let file = try files.open(path, .read)
            let size = try file.size()
            var at = index == current ? place : 0
            lostBytes += size - min(at, size)
            while let (found, frame) = try Frame.search(file, from: at) {
                let isHead = found == 0 && frame.payload == InputLog.title
                if !isHead, frame.number >= nextStep {
                    lostSteps += 1
                    if frame.mark >= nextStep {
                        throw StorageError(
                            "the log is damaged at step \(nextStep): \"\(segments[current].path(in: folder))\", byte \(place)",
                            hint: """
                                steps after it are whole, so it is no crash that cut it off; restore the folder from a copy, \
                                or look at it with mutstream inspect
                                """, isDamage: true)
                    }
                }
                at = found + Frame.headerBytes + frame.payload.count
            }
        }
        finish(place)
        end?.lostBytes = lostBytes
        end?.lostSteps = lostSteps
    }

    private func finish(_ place: Int) {
        var end = End(lastStep: nextStep - 1)
        // A segment without a head is not gone on with.
        let kept = min(file == nil ? current : current + 1, segments.count)
        end.segments = Array(segments[..<kept])
        end.lostSegments = Array(segments[kept...])
        end.offset = place
        self.end = end
    }

    /// Where the log ends, once ``next()`` has given nil.
    ///
    /// When the segment at the end has no head, the one before it is gone on with, from its own end.
    package func ending() throws(StorageError) -> End {
        guard var end else { return End(lastStep: nextStep - 1) }
        if file == nil, let last = end.segments.last {
            end.offset = try files.open(last.path(in: folder), .read).size()
        }
        return end
    }
}
