// swift-tools-version:6.3
import PackageDescription

// Measures the program as a user runs it: whole processes, their user and system time as the kernel counts it.
let package = Package(
    name: "mutstream-benchmarks",
    targets: [
        .executableTarget(name: "benchmarks", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
