import MutstreamColumnar

extension Library {
    static let conditions: [LibraryEntry] = [
        LibraryEntry(
            "if", "iif", group: .condition, "The second if the first holds, else the third.", [.boolean, .any, .any],
            result: "ANY"
        ) { operands throws(TypeError) in
            try Typing.caseWhen([(condition: operands[0], result: operands[1])], otherwise: operands[2])
        },
        LibraryEntry(
            "ifnull", "nvl", group: .condition, "The first, or the second where it is NULL.", [.any, .any], result: "ANY"
        ) { operands throws(TypeError) in try Typing.coalesce(operands) },
        LibraryEntry(
            "nvl2", group: .condition, "The second where the first is not NULL, else the third.", [.any, .any, .any],
            result: "ANY"
        ) { operands throws(TypeError) in
            try Typing.caseWhen(
                [(condition: Typing.not(Typing.isNull(operands[0])), result: operands[1])], otherwise: operands[2])
        },
        LibraryEntry("try", group: .condition, "NULL where the value fails.", [.any], result: "ANY") {
            operands throws(TypeError) in Typing.attempt(operands[0])
        },
        LibraryEntry(
            "num_nulls", group: .condition, "How many values are NULL.", [.any], isVariadic: true, .int, mayFail: false
        ) { _, _ in .free(countNulls(true)) },
        LibraryEntry(
            "num_nonnulls", group: .condition, "How many values are not NULL.", [.any], isVariadic: true, .int,
            mayFail: false
        ) { _, _ in .free(countNulls(false)) },
        LibraryEntry(
            "pg_typeof", "typeof", group: .system, "The name of a value's type.", [.any], result: "TEXT"
        ) { operands throws(TypeError) in
            .literal(.text(Typing.resolveUntyped(operands[0]).type.name.lowercased()), .text)
        },
    ]

    private static func countNulls(_ nulls: Bool) -> FreeKernel {
        { columns, n, _ in
            var counts = [Int64](repeating: nulls ? 0 : Int64(columns.count), count: n)
            for column in columns {
                guard let validity = column.validity else { continue }
                for row in 0..<n where !validity[row] { counts[row] += nulls ? 1 : -1 }
            }
            return .int64(counts)
        }
    }
}
