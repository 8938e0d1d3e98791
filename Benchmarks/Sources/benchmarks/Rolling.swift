/// Rolling features and sliding windows: `Benchmarks/rolling`.
enum Rolling {
    /// Prints a line a query; the fastest of `rounds` runs after one that is not counted.
    static func measure(binary: String, root: String, folder: String, rounds: Int) {
        let scripts = "\(root)/Benchmarks/rolling"
        let payments = 1_750_000
        guard run(["\(scripts)/generate", folder, "\(payments)"], errors: "\(folder)/summary.json").status == 0 else {
            print("error: the payments could not be made\n\(readFile("\(folder)/summary.json"))")
            return
        }
        let bids = 5_000_000
        print("\n| query | rows per CPU-s | rows per s | memory |")
        print("|---|--:|--:|--:|")
        let float = "AVG(price::DOUBLE) AS mean"
        let queries: [(title: String, file: String, rows: Int, set: [String])] = [
            ("twelve rolling features", "features", payments, ["input=\(folder)"]),
            ("TUMBLE of 1 h", "tumble", bids, ["events=\(bids)"]),
            ("HOP of 1 h every second", "hop", bids, ["events=\(bids)"]),
            ("TUMBLE, mean of DOUBLE", "tumble", bids, ["events=\(bids)", "aggregates=\(float)"]),
            ("HOP, mean of DOUBLE", "hop", bids, ["events=\(bids)", "aggregates=\(float)"]),
        ]
        for query in queries {
            var best: Usage?
            var peak = 0
            for round in 0...rounds {
                let settings = query.set.flatMap { ["--set", $0] }
                let usage = run(
                    [binary, "run", "\(scripts)/\(query.file).sql", "--quiet"] + settings, errors: "\(folder)/summary.json")
                guard usage.status == 0 else {
                    print("\(query.title): failed\n\(readFile("\(folder)/summary.json"))")
                    break
                }
                if round == 0 { continue }
                peak = max(peak, usage.peakBytes)
                if usage.cpuSeconds < best?.cpuSeconds ?? .infinity { best = usage }
            }
            guard let best else { continue }
            let (perCPU, perSecond) = (Double(query.rows) / best.cpuSeconds, Double(query.rows) / best.wallSeconds)
            print("| \(query.title) | \(thousands(perCPU)) | \(thousands(perSecond)) | \(peak >> 20) MB |")
        }
    }

    private static func thousands(_ value: Double) -> String { "\(Int((value / 1e3).rounded())) k" }
}
