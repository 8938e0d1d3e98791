/// What durable things need of a file system. One implementation calls the system; another, in tests, loses, tears and
/// reorders what was not synced.
///
/// Paths are whole paths; a folder's path has no slash at its end.
package protocol FileSystem: AnyObject, Sendable {
    /// Names in a folder, sorted; nil: there is no such folder.
    func names(in folder: String) throws(StorageError) -> [String]?
    /// Makes a folder and those above it.
    func createFolder(_ path: String) throws(StorageError)
    func open(_ path: String, _ mode: FileMode) throws(StorageError) -> any StoredFile
    /// Takes the place of a file at the new path, in one piece.
    func rename(_ path: String, to newPath: String) throws(StorageError)
    func remove(_ path: String) throws(StorageError)
    /// Names that were made, renamed or removed in it survive a loss of power from here on.
    func syncFolder(_ path: String) throws(StorageError)
    /// Keeps other processes out for as long as the lock lives; nil: another one is in.
    func lock(_ path: String) throws(StorageError) -> (any Sendable & AnyObject)?
}

package enum FileMode: Sendable {
    case read
    /// Made if it is missing; what is in it stays.
    case update
    /// Made, or emptied.
    case create
}

/// An open file. Closed with the object.
package protocol StoredFile: AnyObject, Sendable {
    func size() throws(StorageError) -> Int
    /// Bytes from an offset on; fewer than asked for only at the end.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int
    /// All bytes, or an error: then some of them may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError)
    func truncate(to size: Int) throws(StorageError)
    /// What was written survives a loss of power from here on.
    func sync() throws(StorageError)
}

extension StoredFile {
    /// The bytes of a range; nil: the file ends before.
    package func bytes(at offset: Int, count: Int) throws(StorageError) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        var found = 0
        var failure: StorageError?
        result.withUnsafeMutableBytes { target in
            do throws(StorageError) { found = try read(at: offset, into: target) } catch { failure = error }
        }
        if let failure { throw failure }
        return found == count ? result : nil
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { source in
            do throws(StorageError) { try write(source, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
