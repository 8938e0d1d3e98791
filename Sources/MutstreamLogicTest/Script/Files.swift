#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reading of files and folders.
package enum Files {
    /// The whole text; bytes that are not UTF-8 are replaced. Nil: it cannot be read.
    package static func read(_ path: String) -> String? {
        guard let handle = fopen(path, "r") else { return nil }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&block, 1, block.count, handle)
            if count == 0 { break }
            bytes.append(contentsOf: block[..<count])
        }
        return ferror(handle) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// Whether all of it was written.
    package static func write(_ text: String, to path: String) -> Bool {
        guard let handle = fopen(path, "w") else { return false }
        var text = text
        let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, handle) == $0.count }
        return fclose(handle) == 0 && isWritten
    }

    /// The files that a pattern of a shell finds, sorted.
    package static func matching(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            guard let path = found.gl_pathv?[index] else { return nil }
            return String(cString: path)
        }
    }

    /// The file itself, or the files of a folder and all below it whose names end in one of `endings`, sorted.
    package static func scripts(at path: String, endings: [String]) -> [String] {
        guard let folder = opendir(path) else { return [path] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().flatMap { name -> [String] in
            let inner = "\(path)/\(name)"
            var status = stat()
            guard stat(inner, &status) == 0 else { return [] }
            if status.st_mode & S_IFMT == S_IFDIR { return scripts(at: inner, endings: endings) }
            return endings.contains { name.hasSuffix($0) } ? [inner] : []
        }
    }

    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
