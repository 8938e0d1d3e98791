import Foundation
import Testing

/// The laws of the house that no compiler holds: who may import whom, and how a file may look.
@Suite struct ArchitectureTests {
    private let files: [SourceFile]

    init() throws { files = try SourceTree.read() }

    /// What stands below each target: an arrow only points down.
    private static let below: [String: Set<String>] = [
        "MutstreamColumnar": [],
        "MutstreamDataflow": ["MutstreamColumnar"],
        "MutstreamModels": ["MutstreamColumnar", "MutstreamDataflow"],
        "MutstreamSQL": ["MutstreamColumnar", "MutstreamDataflow", "MutstreamModels"],
        "MutstreamStorage": ["MutstreamColumnar"],
        "MutstreamEngine": [
            "MutstreamColumnar", "MutstreamDataflow", "MutstreamModels", "MutstreamSQL", "MutstreamStorage",
        ],
        "MutstreamConnectors": ["MutstreamColumnar", "MutstreamEngine"],
        "MutstreamServer": ["MutstreamColumnar", "MutstreamEngine"],
        "MutstreamLogicTest": ["MutstreamColumnar", "MutstreamSQL", "MutstreamEngine"],
        "logictest": ["MutstreamLogicTest", "MutstreamEngine"],
        "MutstreamCLI": [
            "MutstreamColumnar", "MutstreamDataflow", "MutstreamModels", "MutstreamSQL", "MutstreamEngine",
            "MutstreamConnectors", "MutstreamServer",
        ],
    ]
    /// Targets that compute and touch nothing outside.
    private static let pure = ["MutstreamColumnar", "MutstreamDataflow", "MutstreamModels", "MutstreamSQL"]
    /// Files of theirs that call C: for `exp` and its like, and for `memcmp`.
    private static let usersOfC: Set = [
        "Math.swift", "KeyTable.swift", "RowStore.swift", "ValueOrder.swift", "WindowCell.swift", "OrderedIndex.swift",
        "WindowAccumulator.swift", "RowSorter.swift", "SortKeyEncoder.swift", "RowOrder.swift", "Text.swift",
        "MatchCells.swift",
    ]
    private static let systemLibraries: Set = ["Glibc", "Musl", "Darwin"]

    @Test func `the tree has the targets of the house and each has files`() {
        #expect(Set(files.map(\.target)) == Set(ArchitectureTests.below.keys))
        #expect(files.count > 100)
    }

    @Test func `a target imports only those below it`() {
        for file in files {
            let allowed = ArchitectureTests.below[file.target] ?? []
            for (module, line) in file.imports where module.hasPrefix("Mutstream") {
                #expect(allowed.contains(module), "\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test func `targets that compute import nothing of the outside`() {
        for file in files where ArchitectureTests.pure.contains(file.target) {
            for (module, line) in file.imports where !module.hasPrefix("Mutstream") {
                let mayReachC =
                    ArchitectureTests.usersOfC.contains(file.name) && ArchitectureTests.systemLibraries.contains(module)
                #expect(mayReachC, "\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test func `only known modules of others are imported, each where it belongs`() {
        let others: [String: Set<String>] = [
            "MutstreamServer": ["NIOCore", "NIOPosix", "NIOHTTP1", "Synchronization", "FoundationEssentials"],
            "MutstreamConnectors": ["NIOCore", "NIOPosix", "NIOHTTP1", "Synchronization", "FoundationEssentials"],
            "MutstreamEngine": ["Synchronization", "FoundationEssentials"],
            "logictest": ["ArgumentParser"],
            "MutstreamCLI": ["ArgumentParser", "Synchronization", "FoundationEssentials"],
        ]
        for file in files {
            let allowed = (others[file.target] ?? []).union(ArchitectureTests.systemLibraries)
            for (module, line) in file.imports where !module.hasPrefix("Mutstream") {
                #expect(allowed.contains(module), "\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test func `the engine names no connector of the outside`() {
        for file in files where file.target == "MutstreamEngine" {
            for (number, line) in file.code {
                for word in ["Kafka", "NATS", "MQTT", "NIO"] {
                    #expect(!line.contains(word), "\(file.path):\(number) names \(word)")
                }
            }
        }
    }

    @Test func `no call and no cast ends the program on an error`() {
        for file in files {
            for (number, line) in file.code {
                #expect(!line.contains("try!") && !line.contains("as!"), "\(file.path):\(number): \(line)")
            }
        }
    }

    @Test func `no line is longer than 130 characters and no file than 700 lines`() {
        for file in files {
            #expect(file.lines.count <= 701, "\(file.path) has \(file.lines.count - 1) lines")
            for (number, line) in file.lines.enumerated() {
                #expect(line.count <= 130, "\(file.path):\(number + 1) has \(line.count) characters")
            }
        }
    }

    @Test func `nothing is left to do later`() {
        for file in files {
            for (number, line) in file.lines.enumerated() {
                #expect(!line.contains("TODO") && !line.contains("FIXME"), "\(file.path):\(number + 1): \(line)")
            }
        }
    }

    @Test func `the reader of sources sees imports, code and strings apart`() {
        let text = """
            @testable import A
            package import struct B.C
            let x = "try! // no" // as!
            let y = z as! Int
            """
        let file = SourceFile(target: "T", path: "T/F.swift", text: text)
        #expect(file.imports.map(\.module) == ["A", "B"])
        #expect(file.code.map { $0.text.contains("!") } == [false, false, false, true])
    }
}
