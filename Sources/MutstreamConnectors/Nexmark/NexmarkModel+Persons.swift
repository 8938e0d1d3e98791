/// The persons of the model.
extension NexmarkModel {
    static let firstNames = [
        "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter",
    ]
    static let lastNames = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"]
    static let cities = [
        "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne",
    ]
    static let states = ["AZ", "CA", "ID", "OR", "WA", "WY"]
    private static let personBytes = 200

    private enum PersonDraw {
        static let name: UInt64 = 0
        static let mailbox: UInt64 = 1
        static let host: UInt64 = 2
        static let creditCard: UInt64 = 3
        static let place: UInt64 = 4
        static let extra: UInt64 = 5
    }

    func personIdentifier(_ event: Int64) -> Int64 { event / EventKind.eventsPerRound &+ NexmarkModel.firstIdentifier }

    func personName(_ event: Int64) -> String {
        let bits = random.bits(event, PersonDraw.name)
        return NexmarkModel.choice(NexmarkModel.firstNames, bits) + " "
            + NexmarkModel.choice(NexmarkModel.lastNames, bits &>> 32)
    }

    /// The letters before and after the `@`, which `.com` follows.
    func emailAddress(_ event: Int64) -> (mailbox: PaddingRange, host: PaddingRange) {
        (
            .word(shorterThan: 7, random.bits(event, PersonDraw.mailbox)),
            .word(shorterThan: 5, random.bits(event, PersonDraw.host))
        )
    }

    /// Four numbers of four digits.
    func creditCard(_ event: Int64) -> String {
        var bits = random.bits(event, PersonDraw.creditCard)
        var text = ""
        for part in 0..<4 {
            let number = String(((bits & 0xFFFF) &* 10_000) &>> 16)
            text += (part == 0 ? "" : " ") + String(repeating: "0", count: 4 - number.utf8.count) + number
            bits &>>= 16
        }
        return text
    }

    func city(_ event: Int64) -> String { NexmarkModel.choice(NexmarkModel.cities, random.bits(event, PersonDraw.place)) }

    func state(_ event: Int64) -> String {
        NexmarkModel.choice(NexmarkModel.states, random.bits(event, PersonDraw.place) &>> 32)
    }

    /// Fills a person up to about 200 bytes.
    func personExtra(_ event: Int64) -> PaddingRange {
        let email = emailAddress(event)
        let texts = personName(event).utf8.count &+ city(event).utf8.count &+ email.mailbox.length &+ email.host.length
        // The number, the card, the state, and what stands around the host.
        return .filling(NexmarkModel.personBytes &- texts &- 8 &- 19 &- 2 &- 5, random.bits(event, PersonDraw.extra))
    }

    private static func choice(_ texts: [String], _ bits: UInt64) -> String {
        texts[Int(truncatingIfNeeded: CounterRandom.below(UInt64(texts.count), bits))]
    }
}
