#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What was entered, oldest first, and the file that keeps it.
struct History {
    static let entriesMax = 10_000

    private(set) var entries: [String]
    private let path: String?

    /// - Parameter path: nil keeps nothing.
    init(path: String?) {
        self.path = path
        entries = []
        guard let path, let handle = fopen(path, "r") else { return }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 16 << 20 {
            let count = fread(&block, 1, block.count, handle)
            if count == 0 { break }
            bytes.append(contentsOf: block[..<count])
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        entries = lines.suffix(History.entriesMax).map(String.init)
    }

    /// `$XDG_STATE_HOME/mutstream/history`, or in `~/.local/state`; nil where there is no home.
    static var standardPath: String? {
        if let state = getenv("XDG_STATE_HOME"), state[0] != 0 { return String(cString: state) + "/mutstream/history" }
        guard let home = getenv("HOME"), home[0] != 0 else { return nil }
        return String(cString: home) + "/.local/state/mutstream/history"
    }

    /// Appends an entry unless it is the last one again. Entries are lines: breaks become blanks, but where a comment would
    /// swallow what follows, each line is an entry of its own.
    mutating func add(_ entry: String) {
        let lines = entry.split(whereSeparator: \.isNewline).map(String.init)
        let isOne = !entry.contains("--")
        for line in isOne ? [lines.joined(separator: " ")] : lines {
            let line = String(line.drop { $0 == " " })
            if line.isEmpty || line == entries.last { continue }
            entries.append(line)
            if entries.count > History.entriesMax { entries.removeFirst() }
            append(line)
        }
    }

    private func append(_ line: String) {
        guard let path else { return }
        var folder = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            folder += folder.isEmpty && part.isEmpty ? "" : "/" + part
            if !folder.isEmpty { mkdir(folder, 0o700) }
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        var text = line + "\n"
        // A history that cannot be kept is no reason to stop.
        text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
