#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file system of the machine.
package final class SystemFiles: FileSystem {
    package init() {}

    package func names(in folder: String) throws(StorageError) -> [String]? {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return nil }
            throw SystemFiles.error("read the folder", folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func createFolder(_ path: String) throws(StorageError) {
        if path.isEmpty || path == "/" { return }
        // A name survives a loss of power once the folder that holds it is synced.
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if mkdir(path, 0o777) == 0 { return try syncFolder(parent) }
        if errno == ENOENT, let slash, slash > path.startIndex {
            try createFolder(parent)
            if mkdir(path, 0o777) == 0 { return try syncFolder(parent) }
        }
        var status = stat()
        if errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        throw SystemFiles.error("make the folder", path)
    }

    package func open(_ path: String, _ mode: FileMode) throws(StorageError) -> any StoredFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .update: O_RDWR | O_CREAT
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        let descriptor = systemOpen(path, flags | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw SystemFiles.error("open", path) }
        return SystemFile(descriptor, path)
    }

    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        if systemRename(path, newPath) != 0 { throw SystemFiles.error("rename", path) }
    }

    package func remove(_ path: String) throws(StorageError) {
        if unlink(path) != 0, errno != ENOENT { throw SystemFiles.error("remove", path) }
    }

    package func syncFolder(_ path: String) throws(StorageError) {
        let descriptor = systemOpen(path, O_RDONLY | O_CLOEXEC, 0)
        if descriptor < 0 { throw SystemFiles.error("open the folder", path) }
        defer { systemClose(descriptor) }
        if fsync(descriptor) != 0 { throw SystemFiles.error("sync the folder", path) }
    }

    package func lock(_ path: String) throws(StorageError) -> (any Sendable & AnyObject)? {
        let descriptor = systemOpen(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw SystemFiles.error("open", path) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let isTaken = errno == EWOULDBLOCK
            let failure = SystemFiles.error("lock", path)
            systemClose(descriptor)
            if isTaken { return nil }
            throw failure
        }
        return SystemFile(descriptor, path)
    }

    /// What the system says of its last error.
    static func error(_ what: String, _ path: String) -> StorageError {
        let code = errno
        let text = String(cString: strerror(code))
        let hint: String? =
            switch code {
            case ENOSPC, EDQUOT: "make room on the disk and start again: nothing that was answered is lost"
            case EACCES, EPERM, EROFS: "the user that runs mutstream may not"
            default: nil
            }
        return StorageError("cannot \(what) \"\(path)\": \(text.prefix(1).lowercased() + text.dropFirst())", hint: hint)
    }
}

/// A file of the machine.
final class SystemFile: StoredFile {
    private let descriptor: Int32
    private let path: String

    init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { systemClose(descriptor) }

    func size() throws(StorageError) -> Int {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw SystemFiles.error("look at", path) }
        return Int(status.st_size)
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        var done = 0
        while done < target.count {
            let count = pread(descriptor, target.baseAddress.map { $0 + done }, target.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemFiles.error("read", path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemFiles.error("write", path)
            }
            done += count
        }
    }

    func truncate(to size: Int) throws(StorageError) {
        if ftruncate(descriptor, off_t(size)) != 0 { throw SystemFiles.error("cut", path) }
    }

    func sync() throws(StorageError) {
        #if canImport(Darwin)
            // fsync leaves the bytes in the drive's cache there.
            let code = fcntl(descriptor, F_FULLFSYNC)
        #else
            let code = fdatasync(descriptor)
        #endif
        if code != 0 { throw SystemFiles.error("sync", path) }
    }
}

// The methods above have the names of these functions.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func systemRename(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }
private func systemClose(_ descriptor: Int32) { _ = close(descriptor) }
