import TestSupport
import Testing

@testable import MutstreamStorage

@Suite struct CheckpointFileTests {
    private let files = SimulatedFiles(seed: 2)
    private let parts: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 9_000_000)]

    private func write(_ step: Int64, _ parts: [[UInt8]]) throws {
        let writer = try CheckpointWriter(files, folder: "c", step: step)
        for part in parts {
            try writer.beginPart()
            try writer.write(all: part)
        }
        try writer.finish()
    }

    @Test func `its parts are read as they were written`() throws {
        try write(12, parts)
        #expect(try CheckpointFile.read(files, in: "c", step: 12) == parts)
        #expect(files.paths == ["c/" + CheckpointFile.name(12)])
    }

    @Test func `a flipped bit or a missing end is damage`() throws {
        try write(5, [[1, 2, 3], [], Array(0..<200)])
        let path = "c/" + CheckpointFile.name(5)
        let whole = files.content(path) ?? []
        for byte in whole.indices {
            files.change(path) {
                $0 = whole; $0[byte] ^= 4
            }
            #expect(throws: StorageError.self, "byte \(byte)") { try CheckpointFile.read(files, in: "c", step: 5) }
            files.change(path) { $0 = Array(whole[..<byte]) }
            #expect(throws: StorageError.self, "\(byte) bytes") { try CheckpointFile.read(files, in: "c", step: 5) }
        }
    }

    @Test func `struck at any operation, it is whole or not there`() throws {
        for strike in [SimulatedFiles.Strike.kill, .powerLoss] {
            for operation in 0..<20 {
                let files = SimulatedFiles(seed: UInt64(operation))
                files.arm(strike, after: operation)
                do throws(StorageError) {
                    let writer = try CheckpointWriter(files, folder: "c", step: 3)
                    for part in [[1], [2, 3]] as [[UInt8]] {
                        try writer.beginPart()
                        try writer.write(all: part)
                    }
                    try writer.finish()
                } catch { #expect(files.isDead) }
                files.restart()
                for step in try CheckpointFile.steps(files, in: "c") {
                    #expect(try CheckpointFile.read(files, in: "c", step: step) == [[1], [2, 3]])
                }
            }
        }
    }
}
