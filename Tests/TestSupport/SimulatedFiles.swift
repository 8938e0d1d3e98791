import MutstreamStorage

/// A file system in memory that can be struck at any operation: the process dies, or the power goes and takes with it what
/// was not synced, in pieces and in any order.
///
/// `@unchecked Sendable`: used by one thread.
package final class SimulatedFiles: FileSystem, @unchecked Sendable {
    package enum Strike: Sendable {
        /// The process ends: what was written stays, the write under way may be torn.
        case kill
        /// Of what was not synced, some is lost: writes, parts of them, names.
        case powerLoss
        /// Writes fail from here on, as on a full disk; what was written stays.
        case fullDisk
        /// Reads fail from here on.
        case failedReads
    }

    final class Node {
        var content: [UInt8] = []
        /// What is safe.
        var synced: [UInt8] = []
        /// Writes and cuts since, in order.
        var pending: [Change] = []
    }

    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case cut(Int)
    }

    private enum NameChange {
        case put(String, Node)
        case drop(String)
        case move(String, String)
    }

    private var names: [String: Node] = [:]
    private var syncedNames: [String: Node] = [:]
    /// By folder.
    private var pendingNames: [(folder: String, change: NameChange)] = []
    private var random: SplitMix64
    /// Operations until the strike; nil: none comes.
    private var countdown: Int?
    private var strike = Strike.kill
    /// It has struck: nothing works until ``restart()``.
    package private(set) var isDead = false
    /// It has struck since the last ``restart()``.
    package private(set) var isStruck = false
    package private(set) var operations = 0

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Strikes at the operation with this number, counted from now.
    package func arm(_ strike: Strike, after operations: Int) {
        self.strike = strike
        countdown = operations
    }

    package func disarm() { countdown = nil }

    /// What is left is what the next process finds.
    package func restart() {
        if isDead, strike == .powerLoss { losePower() }
        for node in names.values {
            node.synced = node.content
            node.pending = []
        }
        syncedNames = names
        pendingNames = []
        isDead = false
        isStruck = false
        countdown = nil
    }

    private func losePower() {
        // Names: each change since the last sync of its folder has happened or not.
        names = syncedNames
        for (_, change) in pendingNames where random.oneIn(2) {
            switch change {
            case .put(let path, let node): names[path] = node
            case .drop(let path): names[path] = nil
            case .move(let path, let newPath):
                if let node = names[path] { (names[path], names[newPath]) = (nil, node) }
            }
        }
        for node in names.values {
            node.content = node.synced
            for change in node.pending where random.oneIn(2) {
                switch change {
                case .write(let offset, let bytes):
                    let kept = random.oneIn(3) ? Int.random(in: 0...bytes.count, using: &random) : bytes.count
                    SimulatedFiles.put(Array(bytes[..<kept]), at: offset, into: &node.content)
                case .cut(let size):
                    if size < node.content.count { node.content.removeLast(node.content.count - size) }
                }
            }
        }
    }

    static func put(_ bytes: [UInt8], at offset: Int, into content: inout [UInt8]) {
        if content.count < offset + bytes.count {
            content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
        }
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    /// Counts an operation that changes something. Returns how many of `bytes` are still done.
    fileprivate func spend(_ bytes: Int = 0) throws(StorageError) -> Int {
        if isDead { throw StorageError("the machine is off") }
        operations += 1
        guard let left = countdown else { return bytes }
        if left > 0 {
            countdown = left - 1
            return bytes
        }
        isStruck = true
        if strike == .failedReads { return bytes }
        if strike == .fullDisk { return -Int.random(in: 0...bytes, using: &random) - 1 }
        isDead = true
        return -Int.random(in: 0...bytes, using: &random) - 1
    }

    private func folder(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    // MARK: What tests look at

    package var paths: [String] { names.keys.sorted() }
    package func content(_ path: String) -> [UInt8]? { names[path]?.content }
    /// Turns one bit of a file, as a bad disk does.
    package func flip(_ path: String, bit: Int) {
        change(path) { content in
            if content.indices.contains(bit / 8) { content[bit / 8] ^= 1 << UInt8(bit % 8) }
        }
    }

    fileprivate var readsFail: Bool { isStruck && strike == .failedReads }

    package func change(_ path: String, _ body: (inout [UInt8]) -> Void) {
        guard let node = names[path] else { return }
        body(&node.content)
        node.synced = node.content
    }

    // MARK: FileSystem

    package func names(in folder: String) throws(StorageError) -> [String]? {
        let prefix = folder + "/"
        let found = names.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
        return found.isEmpty ? nil : found.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    package func createFolder(_ path: String) throws(StorageError) {}

    package func open(_ path: String, _ mode: FileMode) throws(StorageError) -> any StoredFile {
        if isDead { throw StorageError("the machine is off") }
        if let node = names[path] {
            let file = SimulatedFile(self, node)
            if mode == .create { try file.truncate(to: 0) }
            return file
        }
        guard mode != .read else { throw StorageError("there is no \"\(path)\"") }
        if try spend() < 0 { throw failure }
        let node = Node()
        names[path] = node
        pendingNames.append((folder(path), .put(path, node)))
        return SimulatedFile(self, node)
    }

    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        if try spend() < 0 { throw failure }
        guard let node = names[path] else { throw StorageError("there is no \"\(path)\"") }
        (names[path], names[newPath]) = (nil, node)
        pendingNames.append((folder(path), .move(path, newPath)))
    }

    package func remove(_ path: String) throws(StorageError) {
        if try spend() < 0 { throw failure }
        names[path] = nil
        pendingNames.append((folder(path), .drop(path)))
    }

    package func syncFolder(_ path: String) throws(StorageError) {
        if try spend() < 0 { throw failure }
        for (folder, change) in pendingNames where folder == path {
            switch change {
            case .put(let path, let node): syncedNames[path] = node
            case .drop(let path): syncedNames[path] = nil
            case .move(let path, let newPath):
                if let node = syncedNames[path] { (syncedNames[path], syncedNames[newPath]) = (nil, node) }
            }
        }
        pendingNames.removeAll { $0.folder == path }
    }

    package func lock(_ path: String) throws(StorageError) -> (any Sendable & AnyObject)? { Lock() }

    private final class Lock: Sendable {}

    fileprivate var failure: StorageError {
        isDead ? StorageError("the machine is off") : StorageError("no space left on device")
    }
}

final class SimulatedFile: StoredFile, @unchecked Sendable {
    private let files: SimulatedFiles
    private let node: SimulatedFiles.Node

    init(_ files: SimulatedFiles, _ node: SimulatedFiles.Node) {
        self.files = files
        self.node = node
    }

    func size() throws(StorageError) -> Int { node.content.count }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        if files.isDead { throw files.failure }
        if files.readsFail { throw StorageError("input/output error") }
        let end = min(offset + target.count, node.content.count)
        if offset >= end { return 0 }
        target.copyBytes(from: node.content[offset..<end])
        return end - offset
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        let done = try files.spend(bytes.count)
        let kept = done < 0 ? -done - 1 : bytes.count
        let written = Array(bytes[..<kept])
        SimulatedFiles.put(written, at: offset, into: &node.content)
        node.pending.append(.write(offset: offset, bytes: written))
        if done < 0 { throw files.failure }
    }

    func truncate(to size: Int) throws(StorageError) {
        if try files.spend() < 0 { throw files.failure }
        if size < node.content.count {
            node.content.removeLast(node.content.count - size)
        } else {
            node.content += [UInt8](repeating: 0, count: size - node.content.count)
        }
        node.pending.append(.cut(size))
    }

    func sync() throws(StorageError) {
        if try files.spend() < 0 { throw files.failure }
        node.synced = node.content
        node.pending = []
    }
}
