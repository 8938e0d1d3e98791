/// What a running pipeline can be asked for, copied out between steps.
package struct PipelineCounters: Sendable {
    package struct Source: Sendable {
        package var name: String
        package var isTable: Bool
        package var accepted = 0
        package var rejected = 0
        package var late = 0
        package var bytes = 0
        package var queuedRows = 0
        package var hasEnded = false
        /// It has brought nothing for as long as its `idle_timeout`.
        package var isIdle = false
        /// How far event time has come, in microseconds; nil: no row has said, or there is none.
        package var watermark: Int64?
        /// Event time is declared.
        package var hasWatermark = false
        /// Of several sources that meet it is the one whose watermark is the least, or that has none yet.
        package var holdsBack = false
        /// With `partition_by`: the partitions whose watermarks are the least; microseconds, nil: none yet.
        package var partitions: [Partition] = []
        package static let partitionsMax = 100
    }

    package struct Partition: Sendable {
        package var name: String
        package var watermark: Int64?
    }
    package struct Sink: Sendable {
        package var name: String
        package var rows = 0
    }
    package struct Model: Sendable {
        package var name: String
        package var lessons = 0
        package var quality: ModelQuality?
    }

    /// The account of one operator of the circuit.
    package struct Operator: Sendable {
        package var number: Int
        package var label: String
        package var shards: Int
        package var rowsIn: Int
        package var rowsOut: Int
        package var stateRows: Int
        package var stateBytes: Int
    }

    package var step: Int64 = 0
    /// Why sources are paused; nil: they are not.
    package var paused: String?
    package var operators: [Operator] = []
    /// When these numbers were taken, in microseconds.
    package var clock: Int64 = 0
    package var sources: [Source] = []
    package var sinks: [Sink] = []
    package var models: [Model] = []
    /// By view: rows whose expressions failed.
    package var failed: [(view: String, rows: Int)] = []
    package var lateInWindows = 0
    /// Seconds inside steps, all together.
    package var stepSeconds = 0.0
    /// The longest of them.
    package var slowestStepSeconds = 0.0
    /// Upper bounds of the buckets of ``stepBuckets``, in seconds.
    package static let bucketBounds = [0.00001, 0.0001, 0.001, 0.01, 0.1, 1]
    /// Steps that took at most the bound, not cumulated; the last one holds the longer ones.
    package var stepBuckets = [Int](repeating: 0, count: bucketBounds.count + 1)

    package var rowsIn: Int { sources.reduce(0) { $0 + $1.accepted } }
    package var rowsOut: Int { sinks.reduce(0) { $0 + $1.rows } }
    package var stateRows: Int { operators.reduce(0) { $0 + $1.stateRows } }
    package var stateBytes: Int { operators.reduce(0) { $0 + $1.stateBytes } }
    package var rejected: Int { sources.reduce(0) { $0 + $1.rejected } }
    package var late: Int { sources.reduce(0) { $0 + $1.late } }

    mutating func addStep(seconds: Double) {
        stepSeconds += seconds
        slowestStepSeconds = max(slowestStepSeconds, seconds)
        let bucket = PipelineCounters.bucketBounds.firstIndex { seconds <= $0 } ?? PipelineCounters.bucketBounds.count
        stepBuckets[bucket] += 1
    }
}

/// How good a model's answers to its lessons were, each asked before it was learnt.
package struct ModelQuality: Sendable {
    package var positives: Int?
    package var areaUnderROC: Double?
    package var averagePrecision: Double?
    package var precision: Double?
    package var recall: Double?
    package var logLoss: Double?
    package var rootMeanSquaredError: Double?
}

extension PipelineCounters {
    /// Prometheus text exposition format 0.0.4.
    package var prometheus: String {
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ lines: [(labels: String, value: String)]) {
            text += "# HELP mutstream_\(name) \(help)\n# TYPE mutstream_\(name) \(kind)\n"
            for line in lines { text += "mutstream_\(name)\(line.labels) \(line.value)\n" }
        }
        func by(_ label: String, _ name: String) -> String { "{\(label)=\"\(PipelineCounters.escaped(name))\"}" }
        family(
            "rows_in_total", "counter", "Rows accepted from a source.",
            sources.map { (by("source", $0.name), "\($0.accepted)") })
        family(
            "rows_rejected_total", "counter", "Rows that did not fit their schema.",
            sources.map { (by("source", $0.name), "\($0.rejected)") })
        family(
            "rows_late_total", "counter", "Rows behind their source's watermark.",
            sources.map { (by("source", $0.name), "\($0.late)") })
        family(
            "bytes_in_total", "counter", "Bytes read from a source.", sources.map { (by("source", $0.name), "\($0.bytes)") })
        family(
            "queue_rows", "gauge", "Rows that wait for their step.",
            sources.map { (by("source", $0.name), "\($0.queuedRows)") })
        family(
            "watermark_seconds", "gauge", "How far the event time of a source has come, in seconds since 1970.",
            sources.compactMap { source in source.watermark.map { (by("source", source.name), "\(Double($0) / 1e6)") } })
        family(
            "watermark_lag_seconds", "gauge", "How far the watermark of a source is behind the clock.",
            sources.compactMap { source in
                source.watermark.map { (by("source", source.name), "\(Double(clock) / 1e6 - Double($0) / 1e6)") }
            })
        family(
            "watermark_holds_back", "gauge", "Whether a source is the one that holds the others back.",
            sources.filter(\.hasWatermark).map { (by("source", $0.name), $0.holdsBack ? "1" : "0") })
        family(
            "partition_watermark_seconds", "gauge",
            "How far the partitions of a source have come, the hindmost of them, in seconds since 1970.",
            sources.flatMap { source in
                source.partitions.compactMap { partition in
                    partition.watermark.map { watermark in
                        let names = (PipelineCounters.escaped(source.name), PipelineCounters.escaped(partition.name))
                        return ("{source=\"\(names.0)\",partition=\"\(names.1)\"}", "\(Double(watermark) / 1e6)")
                    }
                }
            })
        family(
            "source_idle", "gauge", "Whether a source has brought nothing for as long as its idle_timeout.",
            sources.filter { !$0.isTable }.map { (by("source", $0.name), $0.isIdle ? "1" : "0") })
        family(
            "rows_out_total", "counter", "Rows that left through a sink.", sinks.map { (by("sink", $0.name), "\($0.rows)") })
        family(
            "rows_failed_total", "counter", "Rows whose expressions failed.",
            failed.map { (by("view", $0.view), "\($0.rows)") })
        family(
            "lessons_total", "counter", "Lessons a model has learnt.", models.map { (by("model", $0.name), "\($0.lessons)") }
        )
        family(
            "model_auc", "gauge", "Area under the ROC curve of answers given before each lesson.",
            models.compactMap { model in model.quality?.areaUnderROC.map { (by("model", model.name), "\($0)") } })
        family("steps_total", "counter", "Steps taken.", [("", "\(step)")])
        family("state_rows", "gauge", "Rows held as state of operators.", [("", "\(stateRows)")])
        family("state_bytes", "gauge", "Bytes held as state of operators.", [("", "\(stateBytes)")])
        family(
            "paused", "gauge", "1 while sources are paused since max_state is reached.", [("", paused == nil ? "0" : "1")])
        func each(_ value: (Operator) -> Int) -> [(labels: String, value: String)] {
            operators.map { one in
                let label = PipelineCounters.escaped(String(one.label.prefix(80)))
                return ("{operator=\"\(one.number)\",label=\"\(label)\"}", "\(value(one))")
            }
        }
        family("operator_rows_in_total", "counter", "Rows an operator was given.", each(\.rowsIn))
        family("operator_rows_out_total", "counter", "Rows an operator gave.", each(\.rowsOut))
        family("operator_state_rows", "gauge", "Rows an operator holds as state.", each(\.stateRows))
        family("operator_state_bytes", "gauge", "Bytes an operator holds as state.", each(\.stateBytes))
        var sum = 0
        var buckets: [(String, String)] = []
        for (bound, count) in zip(PipelineCounters.bucketBounds.map { "\($0)" } + ["+Inf"], stepBuckets) {
            sum += count
            buckets.append(("_bucket{le=\"\(bound)\"}", "\(sum)"))
        }
        buckets.append(("_sum", "\(stepSeconds)"))
        buckets.append(("_count", "\(sum)"))
        family("step_seconds", "histogram", "Time of a step inside the circuit and its sinks.", buckets)
        return text
    }

    private static func escaped(_ name: String) -> String {
        var result = ""
        for character in name {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
