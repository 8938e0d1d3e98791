/// The stateful NEXMark queries of `Benchmarks/nexmark`, each over the same events as JSON lines.
enum Nexmark {
    struct Query {
        let name: String
        let title: String
        /// Flink 2.3 on a machine of this size, in events per CPU-second and MB; see Benchmarks/README.md.
        let flinkRate: Double
        let flinkMegabytes: Int
    }

    static let queries = [
        Query(name: "q3", title: "sellers by state", flinkRate: 385_000, flinkMegabytes: 1_340),
        Query(name: "q4", title: "mean final price", flinkRate: 124_000, flinkMegabytes: 3_167),
        Query(name: "q9", title: "winning bids", flinkRate: 119_000, flinkMegabytes: 3_591),
        Query(name: "q15", title: "distinct counts a day", flinkRate: 143_000, flinkMegabytes: 1_624),
        Query(name: "q16", title: "the same by channel", flinkRate: 40_000, flinkMegabytes: 4_637),
        Query(name: "q17", title: "statistics of an auction", flinkRate: 198_000, flinkMegabytes: 1_891),
        Query(name: "q18", title: "last bid of each bidder", flinkRate: 116_000, flinkMegabytes: 2_827),
        Query(name: "q19", title: "ten highest bids", flinkRate: 154_000, flinkMegabytes: 4_196),
        Query(name: "q20", title: "bids with their auction", flinkRate: 103_000, flinkMegabytes: 3_389),
    ]

    /// Writes the events once, then prints a line a query; the fastest of `rounds` runs after one that is not counted.
    static func measure(binary: String, root: String, folder: String, events: Int, rounds: Int, only: [String]) {
        let queries = queries.filter { only.isEmpty || only.contains($0.name) }
        if queries.isEmpty { return }
        let made = run(
            ["\(root)/Benchmarks/nexmark/generate", binary, folder, "\(events)"], errors: "\(folder)/summary.json")
        guard made.status == 0 else {
            print("error: the events could not be made\n\(readFile("\(folder)/summary.json"))")
            return
        }
        print("\n\(events) NEXMark events of all kinds as JSON lines; events per CPU-second, events per second, peak memory\n")
        print("| query | events per CPU-s | events per s | memory | Flink 2.3: events per CPU-s | memory | ratio |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for query in queries {
            var best: Usage?
            var peak = 0
            for round in 0...rounds {
                let usage = run(
                    [binary, "run", "\(root)/Benchmarks/nexmark/\(query.name).sql", "--quiet", "--set", "input=\(folder)"],
                    errors: "\(folder)/summary.json")
                guard usage.status == 0 else {
                    print("\(query.name): failed\n\(readFile("\(folder)/summary.json"))")
                    break
                }
                if round == 0 { continue }
                peak = max(peak, usage.peakBytes)
                if usage.cpuSeconds < best?.cpuSeconds ?? .infinity { best = usage }
            }
            guard let best else { continue }
            let rate = Double(events) / best.cpuSeconds
            print(
                "| \(query.name) \(query.title) | \(thousands(rate)) | \(thousands(Double(events) / best.wallSeconds)) "
                    + "| \(peak >> 20) MB | \(thousands(query.flinkRate)) | \(query.flinkMegabytes) MB "
                    + "| \((rate / query.flinkRate * 10).rounded() / 10) |")
        }
    }

    private static func thousands(_ value: Double) -> String { "\(Int((value / 1e3).rounded())) k" }
}
