/// The NEXMark queries of `Benchmarks/nexmark`, each over the same events as JSON lines.
enum Nexmark {
    struct Query {
        let name: String
        let title: String
        /// Flink 2.3 on a machine of this size, in events per CPU-second and MB, where it was measured; see Benchmarks/README.md.
        let flink: (rate: Double, megabytes: Int)?
    }

    static let queries = [
        Query(name: "q0", title: "bids as they come", flink: (244_000, 1_200)),
        Query(name: "q1", title: "prices in euros", flink: (320_000, 1_459)),
        Query(name: "q2", title: "some auctions", flink: (297_000, 986)),
        Query(name: "q3", title: "sellers by state", flink: (385_000, 1_340)),
        Query(name: "q4", title: "mean final price", flink: (124_000, 3_167)),
        Query(name: "q5", title: "hot auctions", flink: (184_000, 1_596)),
        Query(name: "q6", title: "mean price of a seller", flink: nil),
        Query(name: "q7", title: "highest bids", flink: (116_000, 4_021)),
        Query(name: "q8", title: "new sellers", flink: (306_000, 1_190)),
        Query(name: "q9", title: "winning bids", flink: (119_000, 3_591)),
        Query(name: "q10", title: "day and minute", flink: nil),
        Query(name: "q11", title: "sessions of bidders", flink: (200_000, 1_660)),
        Query(name: "q12", title: "windows of the clock", flink: nil),
        Query(name: "q13", title: "bids with a table", flink: nil),
        Query(name: "q14", title: "time of day", flink: nil),
        Query(name: "q15", title: "distinct counts a day", flink: (143_000, 1_624)),
        Query(name: "q16", title: "the same by channel", flink: (40_000, 4_637)),
        Query(name: "q17", title: "statistics of an auction", flink: (198_000, 1_891)),
        Query(name: "q18", title: "last bid of each bidder", flink: (116_000, 2_827)),
        Query(name: "q19", title: "ten highest bids", flink: (154_000, 4_196)),
        Query(name: "q20", title: "bids with their auction", flink: (103_000, 3_389)),
        Query(name: "q21", title: "channel numbers", flink: (173_000, 1_026)),
        Query(name: "q22", title: "folders of addresses", flink: (159_000, 1_183)),
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
        print(
            "\n\(events) NEXMark events of all kinds as JSON lines; events per CPU-second, events per second, peak memory\n")
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
            let flink =
                query.flink.map { "\(thousands($0.rate)) | \($0.megabytes) MB | \((rate / $0.rate * 10).rounded() / 10)" }
                ?? "– | – | –"
            print(
                "| \(query.name) \(query.title) | \(thousands(rate)) | \(thousands(Double(events) / best.wallSeconds)) "
                    + "| \(peak >> 20) MB | \(flink) |")
        }
    }

    private static func thousands(_ value: Double) -> String { "\(Int((value / 1e3).rounded())) k" }
}
