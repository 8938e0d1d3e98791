// swift-tools-version:6.3
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Kernels are called from the modules above; without this each call of a generic costs 20 times as much.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let package = Package(
    name: "mutstream",
    products: [.library(name: "MutstreamDataflow", targets: ["MutstreamDataflow"])],
    targets: [
        .target(name: "MutstreamColumnar", swiftSettings: house),
        .target(name: "MutstreamDataflow", dependencies: ["MutstreamColumnar"], swiftSettings: house),
    ]
)
