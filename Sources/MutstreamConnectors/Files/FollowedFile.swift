import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of a file that grows: at its end, a read waits until more were written, or the file was cut or another one
/// took its place.
///
/// The file is looked at again and again, at growing intervals: that works on every file system, networked ones too.
final class FollowedFile: ByteInput {
    /// How long a read waits before it looks again, at first and at most, in nanoseconds.
    static let pauses: (first: Int64, longest: Int64) = (2_000_000, 200_000_000)

    /// Why a read gave nothing.
    enum Ending {
        case none
        /// The file is shorter than what was read of it: it begins anew.
        case cut
        /// The path now names another file.
        case replaced
    }

    private let descriptor: Int32
    private let path: FilePath
    private let clock: any PaceClock
    private let stop: StopSignal
    /// Called when the end is reached for the first time.
    private var onEnd: (() -> Void)?
    private var offset: Int64 = 0
    private(set) var ending = Ending.none

    /// - Parameters:
    ///   - descriptor: of the open file; its owner closes it.
    ///   - offset: where it stands.
    init(
        _ descriptor: Int32, _ path: FilePath, from offset: Int64 = 0, clock: any PaceClock, stop: StopSignal,
        onEnd: (() -> Void)?
    ) {
        self.descriptor = descriptor
        self.path = path
        self.offset = offset
        self.clock = clock
        self.stop = stop
        self.onEnd = onEnd
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
        var pause = FollowedFile.pauses.first
        while !stop.isStopped, ending == .none {
            if let count = try readSome(target) { return count }
            let found = look()
            // What was written between the read and the look still belongs to this file.
            if found == .replaced, let count = try readSome(target) { return count }
            if found != .none {
                ending = found
                break
            }
            onEnd?()
            onEnd = nil
            clock.wait(until: clock.now() &+ pause, stop)
            pause = min(pause * 2, FollowedFile.pauses.longest)
        }
        return 0
    }

    private func readSome(_ target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int? {
        guard let count = System.read(descriptor, into: target) else {
            throw ConnectorError("cannot read \"\(path.written)\": \(System.message(errno))", option: "path")
        }
        offset += Int64(count)
        return count > 0 ? count : nil
    }

    /// What became of the file whose end was reached. A path that names nothing now is waited for.
    private func look() -> Ending {
        var (own, named) = (stat(), stat())
        guard fstat(descriptor, &own) == 0 else { return .none }
        if Int64(own.st_size) < offset { return .cut }
        guard stat(path.path, &named) == 0 else { return .none }
        return own.st_dev == named.st_dev && own.st_ino == named.st_ino ? .none : .replaced
    }
}
