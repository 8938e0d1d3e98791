/// The zones of the tz database as text: records that end with `;`, over lines of any length.
///
/// ```text
/// names offset rule offsets changes
/// names    a,b,c           the zone and those that are the same since 1970
/// offset   seconds         before the first change
/// rule     s               the offset after the last change, or
///          s,d,m,w,d,t,m,w,d,t   standard and summer offset; month, week, weekday and local second of both changes
/// offsets  a,b,…           what changes change to, - for none
/// changes  each: the number of the offset, then three digits of quarters of an hour since the change before, or ~ and
///          six digits of seconds; the first counts from -5000000000
/// ```
enum TimeZoneTable {
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+,-./:<=>?@[]^_`{|}'".utf8)

    /// The value of each digit by its byte; -1: none.
    private static let values: [Int64] = {
        var values = [Int64](repeating: -1, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = Int64(value) }
        return values
    }()

    /// By names in lower case.
    static let zones: [String: TimeZoneRules] = {
        var result: [String: TimeZoneRules] = [:]
        for text in [americas, others] {
            let plain = text.utf8.filter { $0 != 0x0a }
            for record in plain.split(separator: 0x3b) {
                let fields = record.split(separator: 0x20, maxSplits: 4)
                guard fields.count == 5, let rules = rules(fields) else { continue }
                for name in fields[0].split(separator: 0x2c) {
                    result[String(decoding: name, as: UTF8.self).lowercased()] = rules
                }
            }
        }
        return result
    }()

    private static func numbers(_ field: ArraySlice<UInt8>) -> [Int64] {
        field.split(separator: 0x2c).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    private static func rules(_ fields: [ArraySlice<UInt8>]) -> TimeZoneRules? {
        let (first, rule, offsets) = (numbers(fields[1]), numbers(fields[2]), numbers(fields[3]))
        guard let before = first.first, let standard = rule.first else { return nil }
        var times: [Int64] = []
        var after: [Int64] = []
        var time: Int64 = -5_000_000_000
        var rest = fields[4]
        while let mark = rest.popFirst(), mark != 0x2d || !offsets.isEmpty {
            let number = Int(values[Int(mark)])
            guard offsets.indices.contains(number) else { return nil }
            let isExact = rest.first == 0x7e
            if isExact { rest.removeFirst() }
            let count = isExact ? 6 : 3
            guard rest.count >= count else { return nil }
            var delta: Int64 = 0
            for byte in rest.prefix(count) { delta = delta * Int64(alphabet.count) + values[Int(byte)] }
            rest.removeFirst(count)
            time += isExact ? delta : delta * 900
            times.append(time)
            after.append(offsets[number])
        }
        var summer: TimeZoneRules.Summer?
        if rule.count == 10 {
            let changes = [2, 6].map {
                TimeZoneRules.Change(month: rule[$0], week: rule[$0 + 1], weekday: rule[$0 + 2], second: rule[$0 + 3])
            }
            summer = TimeZoneRules.Summer(offset: rule[1], start: changes[0], end: changes[1])
        }
        return TimeZoneRules(times: times, offsets: after, first: before, standard: standard, summer: summer)
    }
}
