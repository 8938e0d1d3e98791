/// Reports as texts.
package struct ReportPrinter {
    private let reports: [FileReport]
    private let reasons: Int

    /// - Parameter reasons: how many kinds of failures and of skips are listed.
    package init(_ reports: [FileReport], reasons: Int) {
        self.reports = reports
        self.reasons = reasons
    }

    package var hasFailed: Bool { reports.contains { $0.count(.failed) > 0 } }

    /// One file: its counts and its first differences.
    package static func line(_ report: FileReport, differences: Int) -> String {
        let failed = report.count(.failed)
        var text = "\(failed == 0 ? "ok    " : "FAILED") \(report.mode.rawValue) \(report.file): "
        text += "\(report.count(.passed)) passed, \(failed) failed, \(report.count(.skipped)) skipped"
        for (index, detail) in report.records(.failed).prefix(differences) {
            text += "\n    \(report.place(index)): \(detail)"
            let sql = report.records.indices.contains(index) ? report.records[index].sql : ""
            let oneLine = sql.split(whereSeparator: \.isNewline).joined(separator: " ")
            if !sql.isEmpty { text += "\n        \(oneLine.count > 200 ? oneLine.prefix(200) + "…" : oneLine)" }
        }
        return text
    }

    /// The table of modes, then what fails and what is skipped most.
    package var text: String {
        var text = "\n" + row(["mode", "files", "clean", "passed", "failed", "skipped", "queries", "passed", "share"])
        for mode in Mode.allCases {
            let some = reports.filter { $0.mode == mode }
            if some.isEmpty { continue }
            func sum(_ verdict: RecordResult.Verdict) -> Int { some.reduce(0) { $0 + $1.count(verdict) } }
            func queries(_ verdict: RecordResult.Verdict) -> Int { some.reduce(0) { $0 + $1.countQueries(verdict) } }
            let judged = queries(.passed) + queries(.failed)
            let all = judged + queries(.skipped)
            let share = judged > 0 ? "\(queries(.passed) * 1_000 / judged)" : "-"
            let shown = share.count > 1 ? "\(share.dropLast()).\(share.suffix(1)) %" : share == "0" ? "0 %" : share
            text += row([
                mode.rawValue, "\(some.count)", "\(some.filter { $0.count(.failed) == 0 }.count)", "\(sum(.passed))",
                "\(sum(.failed))", "\(sum(.skipped))", "\(all)", "\(queries(.passed))", shown,
            ])
        }
        text += list("Failures by kind", .failed) + list("Skipped, by reason", .skipped)
        return text
    }

    private func row(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let blanks = String(repeating: " ", count: max(0, 9 - cell.count))
            return index == 0 ? cell + blanks : blanks + cell
        }.joined(separator: " ") + "\n"
    }

    private func list(_ title: String, _ verdict: RecordResult.Verdict) -> String {
        var tally = ReasonTally()
        for report in reports {
            for (index, detail) in report.records(verdict) {
                tally.add(detail, file: report.file, place: report.place(index))
            }
        }
        let ranked = tally.ranked
        if ranked.isEmpty { return "" }
        var text = "\n\(title):\n"
        for entry in ranked.prefix(reasons) {
            let count = String(entry.count)
            text += String(repeating: " ", count: max(0, 8 - count.count)) + count
            text += " in \(entry.files) files: \(entry.reason.split(whereSeparator: \.isNewline).joined(separator: " "))"
            text += "  [\(entry.example)]\n"
        }
        if ranked.count > reasons { text += "    … and \(ranked.count - reasons) kinds more\n" }
        return text
    }

    // MARK: JSON

    package static func json(_ report: FileReport) -> String {
        let details = [RecordResult.Verdict.failed, .skipped].flatMap { verdict in
            report.records(verdict).map { index, detail in
                "{\"place\":\(quoted(report.place(index))),\"verdict\":\"\(verdict.rawValue)\",\"detail\":\(quoted(detail))}"
            }
        }
        let fields = [
            "\"file\":\(quoted(report.file))", "\"mode\":\"\(report.mode.rawValue)\"",
            "\"passed\":\(report.count(.passed))", "\"failed\":\(report.count(.failed))",
            "\"skipped\":\(report.count(.skipped))", "\"records\":[\(details.joined(separator: ","))]",
        ]
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
