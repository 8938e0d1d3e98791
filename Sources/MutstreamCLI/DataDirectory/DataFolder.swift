import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Paths of data directories.
enum DataFolder {
    /// A folder's path from the root, so that it is known from anywhere.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether a folder is the data directory of some pipeline.
    static func holdsHistory(_ path: String) -> Bool { access(path + "/format", F_OK) == 0 }

    /// Runs a command over a data directory; errors end the program.
    static func run(_ body: () throws -> Void) throws {
        do { try body() } catch let error as StartError {
            switch error {
            case .connector(let error): Terminal.report(error)
            case .sql(let error): Terminal.error("the pipeline in the folder: \(error.message)", hint: error.hint)
            }
            throw ExitCode(1)
        } catch let error as ConnectorError {
            Terminal.report(error)
            throw ExitCode(1)
        }
    }
}
