/// The durable record of every step's input: one frame a step in files of some 64 MB, each named by its first step.
///
/// ```
/// log/log-00000000000000000001     | head | step 1 | step 2 | … |
/// log/log-00000000000000048211     | head | step 48211 | …                <- append
/// ```
/// A frame's number is its step, its mark the last step that was known to be synced when it was written: so a reader
/// can tell a tail that was lost with the power from damage to what had been promised.
///
/// One thread owns it. It never syncs by itself, not even where a file ends: it hands ``unsynced`` to another thread and
/// says ``noteSynced(_:)`` after.
package final class InputLog {
    package static let version: Int64 = 1
    static let segmentBytes = 64 << 20
    static let title = Array("mutstream input log".utf8)

    private let files: any FileSystem
    private let folder: String
    private let segmentBytes: Int
    private var segments: [LogSegment]
    private var file: (any StoredFile)?
    private var end = 0
    /// The last step in the log.
    package private(set) var lastStep: Int64
    /// The last step that survives a loss of power.
    private var syncedStep: Int64
    /// Files that are full and not known to be synced, each with its last step.
    private var full: [(file: any StoredFile, lastStep: Int64)] = []
    /// A file was made since its folder was last known to be synced.
    private var hasNewName = false
    /// Bytes of all segments.
    package private(set) var bytes = 0

    /// Goes on where a reader came to: what lies behind is cut off.
    package init(
        _ files: any FileSystem, folder: String, after end: LogReader.End, segmentBytes: Int = InputLog.segmentBytes
    ) throws(StorageError) {
        self.files = files
        self.folder = folder
        self.segmentBytes = segmentBytes
        lastStep = end.lastStep
        syncedStep = end.lastStep
        segments = end.segments
        try files.createFolder(folder)
        if end.lostSteps > 0 { try InputLog.keepLost(files, folder, end) }
        for lost in end.lostSegments { try files.remove(lost.path(in: folder)) }
        if let last = segments.last {
            let file = try files.open(last.path(in: folder), .update)
            if try file.size() > end.offset { try file.truncate(to: end.offset) }
            // What was read may be in memory only; from here on it is relied upon.
            try file.sync()
            self.file = file
            self.end = end.offset
        }
        try files.syncFolder(folder)
        for segment in segments { bytes += try files.open(segment.path(in: folder), .read).size() }
    }

    /// Adds a step. It survives the end of the process when this returns, a loss of power once it is synced.
    package func append(step: Int64, _ payload: UnsafeRawBufferPointer) throws(StorageError) {
        guard payload.count <= Frame.payloadBytesMax else {
            throw StorageError("step \(step) has \(payload.count) bytes of input, more than a frame of the log can hold")
        }
        if file == nil || end >= segmentBytes { try begin(step) }
        guard let file else { return }
        let frame = Frame.header(number: step, mark: syncedStep, payload)
        // The payload first: a header without its payload would look like a torn frame, too, but cost a longer search.
        var failure: StorageError?
        frame.withUnsafeBytes { header in
            do throws(StorageError) {
                if payload.count < 4096 {
                    var whole = [UInt8]()
                    whole.reserveCapacity(header.count + payload.count)
                    whole.append(contentsOf: header)
                    whole.append(contentsOf: payload)
                    try file.write(whole, at: end)
                } else {
                    try file.write(header, at: end)
                    try file.write(payload, at: end + header.count)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        end += frame.count + payload.count
        bytes += frame.count + payload.count
        lastStep = step
    }

    /// Whole steps behind a hole are put aside before they are cut off: someone may want to look at them.
    private static func keepLost(
        _ files: any FileSystem, _ folder: String, _ end: LogReader.End
    ) throws(StorageError) {
        let target = (folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ".") + "/lost"
        try files.createFolder(target)
        let cut = end.segments.last.map { [($0, end.offset)] } ?? []
        for (segment, start) in cut + end.lostSegments.map({ ($0, 0) }) {
            let source = try files.open(segment.path(in: folder), .read)
            let copy = try files.open(target + "/" + segment.name + "-from-\(start)", .create)
            var offset = start
            let size = try source.size()
            while offset < size, let bytes = try source.bytes(at: offset, count: min(size - offset, 1 << 20)) {
                try copy.write(bytes, at: offset - start)
                offset += bytes.count
            }
            try copy.sync()
        }
        try files.syncFolder(target)
    }

    /// All steps so far survive a loss of power when this returns.
    package func sync() throws(StorageError) {
        guard let unsynced else { return }
        try unsynced.sync()
        noteSynced(unsynced.step)
    }

    /// What is to be synced so that the steps up to one survive a loss of power.
    package struct Unsynced: Sendable {
        package var step: Int64
        fileprivate var files: [any StoredFile]
        fileprivate var folder: (files: any FileSystem, path: String)?

        package func sync() throws(StorageError) {
            for file in files { try file.sync() }
            if let folder { try folder.files.syncFolder(folder.path) }
        }
    }

    /// Nil: all steps so far are synced.
    package var unsynced: Unsynced? {
        guard let file, syncedStep < lastStep else { return nil }
        return Unsynced(
            step: lastStep, files: full.map(\.file) + [file], folder: hasNewName ? (files, folder) : nil)
    }

    /// What ``unsynced`` gave for this step was synced.
    package func noteSynced(_ step: Int64) {
        syncedStep = max(syncedStep, step)
        full.removeAll { $0.lastStep <= syncedStep }
        if let begun = segments.last, begun.firstStep <= syncedStep { hasNewName = false }
    }

    private func begin(_ step: Int64) throws(StorageError) {
        if let file, syncedStep < lastStep { full.append((file, lastStep)) }
        let segment = LogSegment(firstStep: step)
        let file = try files.open(segment.path(in: folder), .create)
        let head = InputLog.title.withUnsafeBytes { title in
            Frame.header(number: step, mark: InputLog.version, title) + InputLog.title
        }
        try file.write(head, at: 0)
        hasNewName = true
        self.file = file
        end = head.count
        bytes += head.count
        segments.append(segment)
    }

    /// The first step that is still there.
    package var firstStep: Int64? { segments.first?.firstStep }

    /// Removes the oldest segments, but none with a step after `step`.
    ///
    /// - Parameter isTooMuch: asked of the bytes of the log and the first 8 bytes of the step behind the oldest segment,
    ///   which is its clock.
    package func trim(through step: Int64, _ isTooMuch: (Int, Int64) -> Bool) throws(StorageError) {
        while segments.count > 1, segments[1].firstStep <= step + 1 {
            let next = try files.open(segments[1].path(in: folder), .read)
            guard let head = try Frame.read(next, at: 0),
                let first = try Frame.read(next, at: Frame.headerBytes + head.payload.count), first.payload.count >= 8
            else { return }
            let clock = first.payload.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
            guard isTooMuch(bytes, clock) else { return }
            let path = segments[0].path(in: folder)
            let size = try files.open(path, .read).size()
            try files.remove(path)
            bytes -= size
            segments.removeFirst()
        }
    }
}

/// A file of the log.
package struct LogSegment: Sendable, Hashable {
    package var firstStep: Int64

    package init(firstStep: Int64) { self.firstStep = firstStep }

    package init?(name: String) {
        guard name.hasPrefix("log-"), let step = Int64(name.dropFirst(4)), step > 0 else { return nil }
        firstStep = step
    }

    package var name: String { "log-" + padded(firstStep) }
    func path(in folder: String) -> String { folder + "/" + name }
}

/// A number with as many digits as the largest one, so that names sort as numbers.
func padded(_ number: Int64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
}
