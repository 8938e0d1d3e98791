/// What a data directory costs: q1 and q4 of NEXMark from standard input, so that rows and not positions are logged; recovery
/// of the whole log; a checkpoint and a restart with much state.
enum Durability {
    static func measure(binary: String, root: String, folder: String, events: Int, rounds: Int) {
        guard
            run(
                ["\(root)/Benchmarks/nexmark/generate", binary, folder, "\(events)"], errors: "\(folder)/summary.json"
            ).status == 0
        else { return print("error: the events could not be made\n\(readFile("\(folder)/summary.json"))") }
        let state = "\(folder)/state"
        print("\n| \(events) events from standard input | events per s | events per CPU-s |\n|---|--:|--:|")
        for query in ["q1", "q4"] {
            let source = readFile("\(root)/Benchmarks/nexmark/\(query).sql")
                .replacing("connector = 'file', path = '${input}/event.jsonl'", with: "connector = 'stdin'")
            for durability in ["none", "async", "sync"] {
                let file = "\(folder)/\(query)-\(durability).sql"
                writeFile(file, "SET durability = '\(durability)';\n" + source)
                let keeps = durability == "none" ? "" : " --data-dir '\(state)'"
                var best: Usage?
                for round in 0...rounds {
                    _ = run(["rm", "-rf", state])
                    let usage = run(
                        ["sh", "-c", "exec '\(binary)' run '\(file)' --quiet\(keeps) < '\(folder)/event.jsonl'"],
                        errors: "\(folder)/summary.json")
                    guard usage.status == 0 else {
                        print("\(query), \(durability): failed\n\(readFile("\(folder)/summary.json"))")
                        break
                    }
                    if round > 0, usage.wallSeconds < best?.wallSeconds ?? .infinity { best = usage }
                }
                if let best { show("\(query), durability = '\(durability)'", events, best) }
            }
            recover(query, binary, folder, state, events)
        }
        restart(binary, folder, state)
    }

    private static func show(_ title: String, _ rows: Int, _ usage: Usage) {
        func thousands(_ value: Double) -> String { "\(Int((value / 1e3).rounded())) k" }
        print(
            "| \(title) | \(thousands(Double(rows) / usage.wallSeconds)) | \(thousands(Double(rows) / usage.cpuSeconds)) |")
    }

    /// All steps of the log once more: the checkpoints but the first are taken away, as if they had never been made.
    private static func recover(_ query: String, _ binary: String, _ folder: String, _ state: String, _ events: Int) {
        _ = run(["sh", "-c", "cd '\(state)/checkpoints' && ls | tail -n +2 | xargs rm -f"])
        let usage = run(
            ["sh", "-c", "exec '\(binary)' run '\(folder)/\(query)-sync.sql' --quiet --data-dir '\(state)' < /dev/null"],
            errors: "\(folder)/summary.json")
        if usage.status == 0 { show("\(query), recovery of the whole log", events, usage) }
    }

    /// A gigabyte of groups: the slowest step with and without a checkpoint amid, and how long a start takes.
    private static func restart(_ binary: String, _ folder: String, _ state: String) {
        let rows = 2_400_000
        writeFile(
            "\(folder)/rows.py",
            """
            import sys
            for base in range(0, \(rows), 10000):
                sys.stdout.write(''.join('{"id":%d,"name":"customer number %d of the shop in the street"}\\n' % (i, i)
                                         for i in range(base, base + 10000)))
            """)
        writeFile(
            "\(folder)/big.sql",
            """
            CREATE SOURCE s (id BIGINT, name TEXT) WITH (connector = 'stdin', format = 'json');
            CREATE MATERIALIZED VIEW v AS SELECT name, id, count(*) AS n FROM s GROUP BY name, id;
            """)
        _ = run(["rm", "-rf", state])
        guard run(["python3", "\(folder)/rows.py"], output: "\(folder)/rows.jsonl").status == 0 else {
            return print("the restart with much state needs python3")
        }
        func slowest(_ options: String) -> String {
            _ = run(
                ["sh", "-c", "exec '\(binary)' run '\(folder)/big.sql' --json \(options) < '\(folder)/rows.jsonl'"],
                errors: "\(folder)/summary.json")
            let rest = readFile("\(folder)/summary.json").split(separator: "\"slowest_step_ms\":").last ?? ""
            return String(rest.prefix { $0.isNumber || $0 == "." }.prefix(6))
        }
        let (without, with) = (slowest(""), slowest("--data-dir '\(state)'"))
        let start = run(
            ["sh", "-c", "exec '\(binary)' run '\(folder)/big.sql' --quiet --data-dir '\(state)' < /dev/null"],
            errors: "\(folder)/summary.json")
        let size = run(["sh", "-c", "ls -l '\(state)/checkpoints' | awk '{s = $5} END {print s}'"], output: "\(folder)/size")
        guard start.status == 0, size.status == 0 else { return print("the restart failed") }
        let megabytes = (Double(readFile("\(folder)/size").filter(\.isNumber)) ?? 0) / 1e6
        print(
            """

            slowest step: \(without) ms without a data directory, \(with) ms with checkpoints amid
            a start with a checkpoint of \(Int(megabytes)) MB: \((start.wallSeconds * 100).rounded() / 100) s, \
            peak memory \(start.peakBytes >> 20) MB
            """)
    }
}
