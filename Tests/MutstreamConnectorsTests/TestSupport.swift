import MutstreamColumnar
import MutstreamEngine

@testable import MutstreamConnectors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mutstream-connectors-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        precondition(path != "/tmp", "the system gives no temporary folder")
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func write(_ name: String, _ bytes: [UInt8]) {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        bytes.withUnsafeBytes { _ = System.writeAll(descriptor, $0) }
        System.close(descriptor)
    }

    func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    func read(_ name: String) -> [UInt8] {
        let descriptor = open("\(path)/\(name)", O_RDONLY)
        defer { System.close(descriptor) }
        return readAll(descriptor)
    }

    func text(_ name: String) -> String { String(decoding: read(name), as: UTF8.self) }
}

func readAll(_ descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while let count = block.withUnsafeMutableBytes({ System.read(descriptor, into: $0) }), count > 0 {
        result += block[..<count]
    }
    return result
}

/// What `gzip` makes of bytes, or the other way round.
func gzip(_ arguments: [String], _ bytes: [UInt8]) -> [UInt8] {
    let folder = TemporaryFolder()
    folder.write("in", bytes)
    let command = "gzip \(arguments.joined(separator: " ")) -c < '\(folder.path)/in' > '\(folder.path)/out'"
    precondition(run(command) == 0, "gzip is missing")
    return folder.read("out")
}

private func run(_ command: String) -> Int32 {
    var child = pid_t()
    let words = ["/bin/sh", "-c", command]
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    guard posix_spawn(&child, "/bin/sh", nil, nil, pointers, environ) == 0 else { return -1 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status
}

/// Bytes from memory, at most so many at once.
final class MemoryInput: ByteInput {
    private var rest: ArraySlice<UInt8>
    private let step: Int
    /// Thrown at the end.
    private let failure: ConnectorError?

    init(_ bytes: [UInt8], step: Int = .max, failure: ConnectorError? = nil) {
        rest = bytes[...]
        self.step = step
        self.failure = failure
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
        if rest.isEmpty, let failure { throw failure }
        let count = min(rest.count, step, target.count)
        target.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

/// All bytes of an input, and the error that ended it.
func drain(_ input: some ByteInput, blockBytes: Int = 100_000) -> (bytes: [UInt8], failure: ConnectorError?) {
    var result: [UInt8] = []
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockBytes, alignment: 1)
    defer { block.deallocate() }
    do throws(ConnectorError) {
        while true {
            let count = try input.read(into: block)
            if count == 0 { return (result, nil) }
            result += block[..<count]
        }
    } catch {
        return (result, error)
    }
}

/// SplitMix64, for tests.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    /// The seed of `MUTSTREAM_SEED`, or else one of the moment, printed.
    static func seeded(_ test: String = #function) -> TestRandom {
        let seed =
            getenv("MUTSTREAM_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64(SystemClock().monotonic())
        print("MUTSTREAM_SEED=\(seed) \(test)")
        return TestRandom(state: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A schema of which some fields are read, or all.
func schema(_ fields: [Field], projection: [Int]? = nil) -> DecoderSchema {
    DecoderSchema(fields.map { DecoderSchema.Field($0.name, $0.type) }, projection: projection)
}

/// The rows that tests read and write: an id and a name.
enum Rows {
    static let fields = [Field("id", .bigint), Field("name", .text)]

    static func request(
        _ path: String, folder: String = "", format: String, _ options: [String: CheckedOptions.OptionValue] = [:],
        fields: [Field] = Rows.fields, eventTimeColumn: Int? = nil
    ) -> SourceRequest {
        var options = options
        options["path"] = .text(path)
        return SourceRequest(
            name: "rows", options: CheckedOptions(options), baseDirectory: folder, decoderSchema: schema(fields),
            format: format,
            eventTimeColumn: eventTimeColumn)
    }

    static func batch(_ rows: [(Int64, String?)], weights: [Int64]? = nil) -> Batch {
        let names = ColumnBuilder(DataType.text)
        for row in rows { if let name = row.1 { names.append(text: name) } else { names.appendNull() } }
        return Batch(
            columns: [.int64(rows.map(\.0)), names.finish()], count: rows.count, weights: weights,
            ordinals: Ordinals(first: 0))
    }
}

/// Each row as its values parted by a space.
func lines(_ chunks: [Chunk]) -> [String] {
    chunks.flatMap { chunk in
        (0..<chunk.rows.count).map { row in
            chunk.rows.columns.map { column in
                switch column.value(at: row) {
                case .null: "null"
                case .int64(let value): "\(value)"
                case .text(let value): value
                default: "?"
                }
            }.joined(separator: " ")
        }
    }
}
