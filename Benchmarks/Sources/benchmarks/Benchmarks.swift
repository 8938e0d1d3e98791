#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

// Usage: swift run -c release benchmarks [path of a mutstream binary] [rolling | durability | nexmark | q3 | q4 …]
// Each figure is the median of five runs after one that is not counted. CPU-seconds are user + system of the whole process.
@main
struct Benchmarks {
    static func main() {
        let root = String(#filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/" + $1 })
        var binary = "\(root)/.build/release/mutstream"
        var words = Array(CommandLine.arguments.dropFirst())
        if let path = words.first, path.contains("/") {
            binary = path
            words.removeFirst()
        } else {
            print("Building mutstream ...")
            guard run(["swift", "build", "-c", "release", "--product", "mutstream", "--package-path", root]).status == 0 else {
                print("error: the build failed; run swift build -c release to see why")
                exit(1)
            }
        }
        var template = Array("/tmp/mutstream-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            print("error: no folder for temporary files")
            exit(1)
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { _ = run(["rm", "-rf", folder]) }

        if words == ["rolling"] { return Rolling.measure(binary: binary, root: root, folder: folder, rounds: 3) }
        if words == ["durability"] {
            return Durability.measure(binary: binary, root: root, folder: folder, events: 2_000_000, rounds: 3)
        }
        let stateful = words.filter { $0 != "nexmark" }
        let events = 5_000_000
        if !words.isEmpty {
            return Nexmark.measure(
                binary: binary, root: root, folder: folder, events: events, rounds: 3, only: stateful)
        }

        func measure(_ name: String, _ sql: String, rows: Int, peer: String) {
            let file = "\(folder)/\(name.filter { $0.isLetter || $0.isNumber }).sql"
            writeFile(file, sql)
            var usages: [Usage] = []
            for round in 0..<6 {
                let usage = run([binary, "run", file, "--json"], errors: "\(folder)/summary.json")
                guard usage.status == 0 else {
                    print("\(name): failed\n\(readFile("\(folder)/summary.json"))")
                    return
                }
                if round > 0 { usages.append(usage) }
            }
            let median = usages.sorted { $0.cpuSeconds < $1.cpuSeconds }[2]
            let perCPU = Double(rows) / median.cpuSeconds
            let wall = Double(rows) / usages.map(\.wallSeconds).sorted()[2]
            let peak = usages.map(\.peakBytes).max() ?? 0
            print(
                "\(pad(name, 34))\(pad(million(perCPU), 12))\(pad(million(wall), 12))\(pad("\(peak >> 20) MB", 9))\(peer)")
        }

        func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
        func million(_ value: Double) -> String {
            value >= 1e6 ? "\((value / 1e4).rounded() / 100) M" : "\((value / 1e2).rounded() / 10) k"
        }

        let bids = events / 50 * 46
        writeFile("\(folder)/generate.sql", Pipelines.generate(folder, events: events))
        guard run([binary, "run", "\(folder)/generate.sql", "--quiet"]).status == 0 else {
            print("error: the bids could not be made")
            exit(1)
        }
        print("\(bids) bids as JSON lines; rows per CPU-second, rows per second, peak memory\n")
        print("\(pad("", 34))\(pad("per CPU-s", 12))\(pad("per s", 12))\(pad("memory", 9))Flink 2.3, events per CPU-s")
        measure("q0: pass through", Pipelines.q0(folder), rows: bids, peer: "244 k")
        measure("q1: convert a price", Pipelines.q1(folder), rows: bids, peer: "at most 320 k")
        measure("q2: filter", Pipelines.q2(folder), rows: bids, peer: "at most 297 k")
        measure("q0 to a JSON file", Pipelines.q0ToFile(folder), rows: bids, peer: "")
        let transactions = getenv("MUTSTREAM_TRANSACTIONS").map { String(cString: $0) }
        let payments = FraudInput.make(root: root, folder: folder, transactions: transactions)
        measure("fraud, \(payments) payments", Pipelines.fraud(folder), rows: payments, peer: "(River, model alone: 15-22 k)")
        print("\nModel of the last run: \(readFile("\(folder)/summary.json").split(separator: "\"models\":").last ?? "")")
        Nexmark.measure(binary: binary, root: root, folder: folder, events: events, rounds: 3, only: [])
        Rolling.measure(binary: binary, root: root, folder: folder, rounds: 3)
        Durability.measure(binary: binary, root: root, folder: folder, events: 2_000_000, rounds: 3)
    }
}
