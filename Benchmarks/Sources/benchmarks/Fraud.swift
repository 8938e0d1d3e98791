/// Makes the input of the fraud pipeline: payments as CSV, and their labels at the same time.
enum FraudInput {
    /// From the example's data, or from a whole `transactions.csv.gz` as Sparkov makes it (`MUTSTREAM_TRANSACTIONS`).
    ///
    /// - Returns: the number of payments.
    static func make(root: String, folder: String, transactions: String?) -> Int {
        let example = "\(root)/Examples/fraud/data"
        writeFile("\(folder)/merchants.csv", readFile("\(example)/merchants.csv"))
        var payments = "id,at,card,merchant,amount,home_lat,home_long,merch_lat,merch_long\n"
        var labels = "payment_id,is_fraud,at\n"
        var count = 0
        if let transactions {
            _ = run(["gzip", "-dc", transactions], output: "\(folder)/all.csv")
            for line in readFile("\(folder)/all.csv").split(separator: "\n").dropFirst() {
                let cells = self.cells(line)
                if cells.count != 12 { continue }
                // Ids of the file are not unique: rows are numbered.
                payments += "t\(count),\(cells[1]),\(cells[2]),\(cells[3]),\(cells[5]),\(cells[6]),\(cells[7]),\(cells[8]),\(cells[9])\n"
                labels += "t\(count),\(cells[11] == "1" ? "true" : "false"),\(cells[1])\n"
                count += 1
            }
        } else {
            _ = run(["gzip", "-dc", "\(example)/payments.csv.gz"], output: "\(folder)/payments.csv")
            _ = run(["gzip", "-dc", "\(example)/chargebacks.csv.gz"], output: "\(folder)/chargebacks.csv")
            var isFraud: [Substring: Substring] = [:]
            let chargebacks = readFile("\(folder)/chargebacks.csv")
            for line in chargebacks.split(separator: "\n").dropFirst() {
                let cells = line.split(separator: ",")
                isFraud[cells[0]] = cells[1]
            }
            payments = readFile("\(folder)/payments.csv")
            for line in payments.split(separator: "\n").dropFirst() {
                let cells = line.split(separator: ",", maxSplits: 2)
                labels += "\(cells[0]),\(isFraud[cells[0]] ?? "false"),\(cells[1])\n"
                count += 1
            }
        }
        writeFile("\(folder)/payments.csv", payments)
        writeFile("\(folder)/labels.csv", labels)
        return count
    }

    /// The cells of a CSV line as written, quotes included.
    private static func cells(_ line: Substring) -> [Substring] {
        var cells: [Substring] = []
        var start = line.startIndex
        var isQuoted = false
        for index in line.utf8.indices {
            if line.utf8[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if line.utf8[index] == UInt8(ascii: ","), !isQuoted {
                cells.append(line[start..<index])
                start = line.utf8.index(after: index)
            }
        }
        return cells + [line[start...]]
    }
}
