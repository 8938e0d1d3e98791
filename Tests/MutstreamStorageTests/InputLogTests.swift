import TestSupport
import Testing

@testable import MutstreamStorage

@Suite struct InputLogTests {
    private let files = SimulatedFiles(seed: 1)

    private func payload(_ step: Int64) -> [UInt8] {
        (0..<Int(step % 7) * 100 + 8).map { UInt8(truncatingIfNeeded: $0 &+ Int(step)) }
    }

    private func write(_ steps: ClosedRange<Int64>, synced: Int64 = 0, segmentBytes: Int = 2_000) throws {
        let end = try ending()
        let log = try InputLog(files, folder: "log", after: end, segmentBytes: segmentBytes)
        for step in steps {
            try payload(step).withUnsafeBytes { try log.append(step: step, $0) }
            if step == synced { try log.sync() }
        }
    }

    private func ending(from step: Int64 = 1) throws -> LogReader.End {
        let reader = try LogReader(files, folder: "log", from: step)
        while try reader.next() != nil {}
        return try reader.ending()
    }

    private func steps(from step: Int64 = 1) throws -> [Int64] {
        let reader = try LogReader(files, folder: "log", from: step)
        var found: [Int64] = []
        while let frame = try reader.next() {
            #expect(frame.payload == payload(frame.number))
            found.append(frame.number)
        }
        return found
    }

    @Test func `what is written is read, from any step on, over many files`() throws {
        try write(1...40)
        #expect(files.paths.count > 5)
        #expect(try steps() == Array(1...40))
        #expect(try steps(from: 23) == Array(23...40))
        #expect(try steps(from: 41) == [])
        try write(41...50)
        #expect(try steps(from: 39) == Array(39...50))
    }

    @Test func `a log cut at any byte ends with the last whole step, and goes on from there`() throws {
        try write(1...6, segmentBytes: 1 << 20)
        let path = files.paths[0]
        let whole = files.content(path) ?? []
        for size in stride(from: whole.count, to: 0, by: -1) {
            files.change(path) { $0 = Array(whole[..<size]) }
            let found = try steps()
            #expect(found == Array(found.indices.map { Int64($0) + 1 }))
            let end = try ending()
            #expect(end.lastStep == Int64(found.count))
            guard size % 97 == 0 else { continue }
            try write(end.lastStep + 1...9, segmentBytes: 1 << 20)
            #expect(try steps() == Array(1...9))
            for extra in files.paths where extra != path { try files.remove(extra) }
        }
    }

    @Test func `any flipped bit is found: before a synced step it is an error, behind it the log ends there`() throws {
        try write(1...6, synced: 4, segmentBytes: 1 << 20)
        let path = files.paths[0]
        let whole = files.content(path) ?? []
        var (damages, cuts) = (0, 0)
        for byte in whole.indices {
            files.change(path) {
                $0 = whole; $0[byte] ^= 1 << UInt8(byte % 8)
            }
            do throws(StorageError) {
                let reader = try LogReader(files, folder: "log", from: 1)
                var last: Int64 = 0
                while let frame = try reader.next() {
                    #expect(frame.payload == payload(frame.number))
                    last = frame.number
                }
                cuts += 1
                // The fifth step's frame says that the fourth was synced, the sixth's as well.
                #expect(last >= 4 || byte < Frame.headerBytes + InputLog.title.count)
            } catch {
                #expect(error.isDamage || error.message.contains("version"), "\(error.message)")
                damages += 1
            }
        }
        #expect(damages > 1_000 && cuts > 500, "\(damages) damages, \(cuts) cuts")
    }

    @Test func `damage before the first step that is asked for does no harm`() throws {
        try write(1...6, segmentBytes: 1 << 20)
        let path = files.paths[0]
        let whole = files.content(path) ?? []
        // Where the fifth step begins.
        let fifth = Frame.headerBytes * 5 + InputLog.title.count + (1...4).reduce(0) { $0 + payload(Int64($1)).count }
        for byte in 0..<fifth {
            files.change(path) {
                $0 = whole; $0[byte] ^= 1 << UInt8(byte % 8)
            }
            #expect(try steps(from: 5) == [5, 6], "byte \(byte)")
        }
        files.change(path) {
            $0 = whole; $0[fifth + 40] ^= 1
        }
        #expect(try steps(from: 5) == [])
    }

    @Test func `whole steps behind a hole are counted, and put aside when the log goes on`() throws {
        try write(1...6, segmentBytes: 1 << 20)
        let path = files.paths[0]
        files.change(path) { $0[Frame.headerBytes + InputLog.title.count + 40] ^= 1 }
        let end = try ending()
        #expect(end.lastStep == 0 && end.lostSteps == 5)
        let lost = files.content(path)?.dropFirst(Frame.headerBytes + InputLog.title.count)
        try write(1...2, segmentBytes: 1 << 20)
        #expect(try steps() == [1, 2])
        let kept = files.paths.filter { $0.hasPrefix("./lost/") }
        #expect(kept.count == 1 && files.content(kept.first ?? "") == lost.map { Array($0) })
    }

    @Test func `files that are full are synced with the last one`() throws {
        let log = try InputLog(files, folder: "log", after: LogReader.End(lastStep: 0), segmentBytes: 500)
        for step in Int64(1)...20 { try payload(step).withUnsafeBytes { try log.append(step: step, $0) } }
        let unsynced = try #require(log.unsynced)
        #expect(unsynced.step == 20)
        try unsynced.sync()
        log.noteSynced(20)
        #expect(log.unsynced == nil)
        files.arm(.powerLoss, after: 0)
        #expect(throws: StorageError.self) { try payload(21).withUnsafeBytes { try log.append(step: 21, $0) } }
        files.restart()
        #expect(try steps() == Array(1...20))
    }

    @Test func `old files go when they are too much, never those that are needed`() throws {
        try write(1...40)
        let log = try InputLog(files, folder: "log", after: ending(), segmentBytes: 2_000)
        let before = files.paths.count
        try log.trim(through: 20) { _, _ in false }
        #expect(files.paths.count == before)
        try log.trim(through: 20) { _, _ in true }
        #expect(files.paths.count < before)
        #expect(try steps(from: 21) == Array(21...40))
        #expect(throws: StorageError.self) { try LogReader(files, folder: "log", from: 1) }
    }
}
