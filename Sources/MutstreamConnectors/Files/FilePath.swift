import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a file is, and what to say if it cannot be opened.
struct FilePath {
    /// As written in SQL.
    let written: String
    /// As the system gets it.
    let path: String

    init(_ written: String, relativeTo base: String) {
        self.written = written
        if written.hasPrefix("/") || base.isEmpty || base == "." {
            path = written
        } else {
            path = base.hasSuffix("/") ? base + written : base + "/" + written
        }
    }

    var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
    private var name: Substring { path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...] }

    /// A descriptor to read from.
    func openForReading() throws(ConnectorError) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw error(opening: errno, to: "read") }
        if isDirectory(descriptor) {
            System.close(descriptor)
            throw error(opening: EISDIR, to: "read")
        }
        return descriptor
    }

    /// A descriptor to read from; nil: the path names nothing at the moment.
    func openAgain() throws(ConnectorError) -> Int32? {
        var status = stat()
        if stat(path, &status) != 0, errno == ENOENT { return nil }
        return try openForReading()
    }

    /// A descriptor to write to; with `append` at the end of what is there, else nothing of the file has been changed yet.
    func openForWriting(append: Bool) throws(ConnectorError) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : 0), 0o666)
        if descriptor < 0 { throw error(opening: errno, to: "write") }
        return descriptor
    }

    private func isDirectory(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func error(opening code: Int32, to verb: String) -> ConnectorError {
        let hint: String?
        switch code {
        case ENOENT where verb == "read": hint = suggestion
        case ENOENT: hint = "the folder \"\(folder)\" does not exist"
        case EISDIR: hint = "name a file in that folder"
        case EACCES: hint = "the user that runs mutstream may not \(verb) it"
        case ENOTDIR: hint = "a part of the path is a file, not a folder"
        default: hint = nil
        }
        return ConnectorError("cannot \(verb) \"\(written)\": \(System.message(code))", hint: hint, option: "path")
    }

    /// What a missing file may have been meant to be.
    private var suggestion: String {
        guard let names = FilePath.names(in: folder) else { return "the folder \"\(folder)\" does not exist" }
        if let close = Spelling.closest(to: String(name), among: names) { return "did you mean \"\(close)\"?" }
        return "paths start at the folder of the SQL file; looked for \"\(path)\""
    }

    /// Names in a folder, sorted; nil if it cannot be read. Looks at the first thousands only.
    private static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < 4_096, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// Finds what a misspelt name may have meant.
enum Spelling {
    /// The name with the fewest changes, if they are few for its length.
    static func closest(to word: String, among names: [String]) -> String? {
        let limit = max(1, word.utf8.count / 3)
        var best: (name: String, changes: Int)?
        for name in names {
            let changes = distance(Array(word.lowercased().utf8), Array(name.lowercased().utf8))
            if changes <= limit, changes < best?.changes ?? .max { best = (name, changes) }
        }
        return best?.name
    }

    /// Insertions, deletions and replacements of one byte, and exchanges of two neighbours (optimal string alignment).
    static func distance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...rhs.count)
        for i in 0..<lhs.count {
            var row = [i + 1]
            for j in 0..<rhs.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (lhs[i] == rhs[j] ? 0 : 1))
                if i > 0, j > 0, lhs[i] == rhs[j - 1], lhs[i - 1] == rhs[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[rhs.count]
    }
}
