/// Numbers for texts, equal for equal texts: what is compared often is put into words once.
struct Classes {
    private var known: [String: Int] = [:]

    mutating func number(_ text: String) -> Int {
        if let number = known[text] { return number }
        known[text] = known.count
        return known.count - 1
    }
}
