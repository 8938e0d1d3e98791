/// The durable record of every step's input: one frame a step in files of some 64 MB, each named by its first step.
///
/// ```
/// log/log-00000000000000000001     | head | step 1 | step 2 | … |
/// log/log-00000000000000048211     | head | step 48211 | …                <- append
/// ```
/// A frame's number is its step, its mark the last step that was known to be synced when it was written: so a reader
/// can tell a tail that was lost with the power from damage to what had been promised.
///
/// One thread owns it. To sync without waiting, it hands ``unsynced`` to another thread and says ``noteSynced(_:)`` after.
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

    /// All steps so far survive a loss of power when this returns.
    package func sync() throws(StorageError) {
        guard let (file, step) = unsynced else { return }
        try file.sync()
        syncedStep = step
    }

    /// The file that is to be synced so that the steps up to this one are; nil: they are.
    package var unsynced: (file: any StoredFile, step: Int64)? {
        guard let file, syncedStep < lastStep else { return nil }
        return (file, lastStep)
    }

    /// The file of ``unsynced`` was synced.
    package func noteSynced(_ step: Int64) { syncedStep = max(syncedStep, step) }

    private func begin(_ step: Int64) throws(StorageError) {
        try sync()
        let segment = LogSegment(firstStep: step)
        let file = try files.open(segment.path(in: folder), .create)
        let head = InputLog.title.withUnsafeBytes { title in
            Frame.header(number: step, mark: InputLog.version, title) + InputLog.title
        }
        try file.write(head, at: 0)
        try file.sync()
        try files.syncFolder(folder)
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
