// swift-tools-version:6.3
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Kernels are called from the modules above; without this each call of a generic costs 20 times as much.
    // State lives in classes with one owner, the engine's thread: checks of exclusive access cost a tenth of a step there.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Of modules that import none of other packages: the bodies of `package` functions are inlined into the modules above. That
/// a module may evolve is what the compiler asks for to write them down; within the package nothing pays for it.
let core =
    house + [
        .unsafeFlags(
            [
                "-Xfrontend", "-enable-library-evolution", "-Xfrontend", "-package-cmo", "-Xfrontend",
                "-allow-non-resilient-access",
            ], .when(configuration: .release))
    ]

let package = Package(
    name: "mutstream",
    products: [
        .executable(name: "mutstream", targets: ["MutstreamCLI"]),
        .executable(name: "logictest", targets: ["logictest"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // An arrow may only point down: a target names those below it. Tests/ArchitectureTests holds the imports to it.
        .executableTarget(
            name: "MutstreamCLI",
            dependencies: [
                "MutstreamServer", "MutstreamConnectors", "MutstreamEngine", "MutstreamSQL", "MutstreamDataflow",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house),
        .target(
            name: "MutstreamServer",
            dependencies: [
                "MutstreamEngine", "MutstreamColumnar",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: house),
        .target(
            name: "MutstreamConnectors",
            dependencies: [
                "MutstreamEngine", "MutstreamColumnar",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: house),
        .target(
            name: "MutstreamEngine",
            dependencies: [
                "MutstreamSQL", "MutstreamStorage", "MutstreamModels", "MutstreamDataflow", "MutstreamColumnar",
            ],
            swiftSettings: core),
        .target(
            name: "MutstreamSQL", dependencies: ["MutstreamModels", "MutstreamDataflow", "MutstreamColumnar"],
            swiftSettings: core),
        .target(name: "MutstreamStorage", dependencies: ["MutstreamColumnar"], swiftSettings: core),
        .target(name: "MutstreamModels", dependencies: ["MutstreamDataflow", "MutstreamColumnar"], swiftSettings: core),
        .target(name: "MutstreamDataflow", dependencies: ["MutstreamColumnar"], swiftSettings: core),
        .target(name: "MutstreamColumnar", swiftSettings: core),

        // SQL logic tests: those of Tests/slt, and public corpora by scripts/conformance.
        .target(
            name: "MutstreamLogicTest", dependencies: ["MutstreamEngine", "MutstreamSQL", "MutstreamColumnar"],
            swiftSettings: house),
        .executableTarget(
            name: "logictest",
            dependencies: [
                "MutstreamLogicTest", "MutstreamEngine", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house),

        // Measures from inside what Benchmarks measures from outside.
        .executableTarget(
            name: "circuit-benchmark", dependencies: ["MutstreamDataflow", "MutstreamColumnar"], path: "Benchmarks/Circuit",
            swiftSettings: house),

        .target(
            name: "TestSupport", dependencies: ["MutstreamStorage", "MutstreamDataflow", "MutstreamColumnar"],
            path: "Tests/TestSupport",
            swiftSettings: house),
        .testTarget(
            name: "MutstreamColumnarTests", dependencies: ["MutstreamColumnar", "TestSupport"], exclude: ["Data"],
            swiftSettings: house),
        .testTarget(
            name: "MutstreamDataflowTests", dependencies: ["MutstreamDataflow", "MutstreamColumnar", "TestSupport"],
            swiftSettings: house),
        .testTarget(name: "MutstreamStorageTests", dependencies: ["MutstreamStorage", "TestSupport"], swiftSettings: house),
        .testTarget(name: "MutstreamModelsTests", dependencies: ["MutstreamModels"], swiftSettings: house),
        .testTarget(
            name: "MutstreamSQLTests", dependencies: ["MutstreamSQL"], exclude: ["Golden"], swiftSettings: house),
        .testTarget(
            name: "MutstreamConnectorsTests",
            dependencies: [
                "MutstreamConnectors", "MutstreamEngine", "MutstreamSQL", "MutstreamColumnar",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: house),
        .testTarget(
            name: "MutstreamServerTests",
            dependencies: [
                "MutstreamServer", "MutstreamEngine", "MutstreamColumnar",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: house),
        .testTarget(
            name: "MutstreamLogicTestTests", dependencies: ["MutstreamLogicTest", "MutstreamColumnar"], swiftSettings: house),
        .testTarget(
            name: "LogicTests", dependencies: ["MutstreamLogicTest", "MutstreamEngine"], swiftSettings: house),
        .testTarget(name: "ArchitectureTests", swiftSettings: house),
        .testTarget(
            name: "MutstreamCLITests",
            dependencies: ["MutstreamCLI", "MutstreamEngine", "MutstreamSQL", "MutstreamColumnar"], exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "MutstreamEngineTests",
            dependencies: [
                "MutstreamEngine", "MutstreamStorage", "MutstreamSQL", "MutstreamDataflow", "MutstreamColumnar",
                "TestSupport",
            ], swiftSettings: house),
    ]
)
