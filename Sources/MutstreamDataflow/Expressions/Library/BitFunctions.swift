import MutstreamColumnar

extension Library {
    /// The bits of whole numbers.
    static let bits: [LibraryEntry] = [.smallint, .int, .bigint].flatMap { type in
        [
            bitwise("&", "The bits that both have.", type) { $0 & $1 },
            bitwise("|", "The bits that one has.", type) { $0 | $1 },
            bitwise("#", "The bits that just one has.", type) { $0 ^ $1 },
            shift("<<", "The bits moved to the left.", type, isLeft: true),
            shift(">>", "The bits moved to the right.", type, isLeft: false),
            LibraryEntry("~", group: .numbers, "The other bits.", [.type(type)], .type(type), mayFail: false) { _, _ in
                .unary { operand, _, n, _ in .int64(Kernels.map(operand.int64s, n) { ~$0 }) }
            },
        ]
    }

    private static func bitwise(
        _ name: String, _ summary: String, _ type: DataType, _ compute: @escaping @Sendable (Int64, Int64) -> Int64
    ) -> LibraryEntry {
        LibraryEntry(name, group: .numbers, summary, [.type(type), .type(type)], .type(type), mayFail: false) { _, _ in
            .binary { lhs, rhs, _, n, _ in .int64(Kernels.map(lhs.int64s, rhs.int64s, n) { compute($0, $1) }) }
        }
    }

    /// By a number of bits modulo the width of the type, as processors do.
    private static func shift(_ name: String, _ summary: String, _ type: DataType, isLeft: Bool) -> LibraryEntry {
        LibraryEntry(name, group: .numbers, summary, [.type(type), .int], .type(type), mayFail: false) { _, _ in
            // SMALLINT is shifted as INT and cut.
            let mask: Int64 = type == .bigint ? 63 : 31
            return .binary { lhs, rhs, _, n, _ in
                .int64(
                    Kernels.map(lhs.int64s, rhs.int64s, n) {
                        let value = isLeft ? $0 &<< ($1 & mask) : $0 &>> ($1 & mask)
                        switch type {
                        case .smallint: return Int64(Int16(truncatingIfNeeded: value))
                        case .int: return Int64(Int32(truncatingIfNeeded: value))
                        default: return value
                        }
                    })
            }
        }
    }
}
