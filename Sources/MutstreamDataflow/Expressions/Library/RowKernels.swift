import MutstreamColumnar

/// What a function gives for one row.
enum RowValue<T> {
    case value(T)
    case null
    case failure(RowFailure)

    static func invalid(_ message: String) -> RowValue { .failure(.invalidArgument(message)) }
}

/// The operands of a batch, by operand and row.
struct RowArguments {
    let columns: [Column]
    private let texts: [TextReader]
    private let integers: [[Int64]]

    var count: Int { columns.count }

    @inline(__always)
    func text(_ operand: Int, _ row: Int) -> UnsafeRawBufferPointer { texts[operand].bytes(row) }

    @inline(__always)
    func int64(_ operand: Int, _ row: Int) -> Int64 { integers[operand][row] }

    func double(_ operand: Int, _ row: Int) -> Double { columns[operand].doubles[row] }
    func decimal(_ operand: Int, _ row: Int) -> Int128 { columns[operand].decimals[row] }
    func interval(_ operand: Int, _ row: Int) -> Interval { columns[operand].intervals[row] }
    func bool(_ operand: Int, _ row: Int) -> Bool { columns[operand].bools[row] }
    func string(_ operand: Int, _ row: Int) -> String { String(decoding: text(operand, row), as: UTF8.self) }

    /// Reads the texts of all columns without a reference count a row.
    static func with<R>(_ columns: [Column], _ body: (RowArguments) -> R) -> R {
        var readers: [TextReader] = []
        readers.reserveCapacity(columns.count)
        return open(columns, 0, &readers, body)
    }

    private static func open<R>(
        _ columns: [Column], _ index: Int, _ readers: inout [TextReader], _ body: (RowArguments) -> R
    ) -> R {
        if index == columns.count {
            let integers = columns.map { column -> [Int64] in
                if case .int64(let values) = column.values { values } else { [] }
            }
            return body(RowArguments(columns: columns, texts: readers, integers: integers))
        }
        var values = TextValues(views: [], buffers: [])
        if case .text(let own) = columns[index].values { values = own }
        return values.withReader { reader in
            readers.append(reader)
            return open(columns, index + 1, &readers, body)
        }
    }
}

/// Kernels of functions that work row by row. Rows where an operand is NULL are NULL.
extension Kernels {
    private static func validity(_ columns: [Column], _ n: Int) -> Bitmap? {
        columns.reduce(nil) { Bitmap.and($0, exact($1.validity, n)) }
    }

    /// TEXT and what is laid out like it: `write` appends the value of a row.
    static func texts(_ write: @escaping (RowArguments, Int, ByteWriter) -> RowValue<Void>) -> Kernel {
        let builder = ColumnBuilder(DataType.text)
        let writer = ByteWriter()
        return .free { columns, n, faults in
            let valid = validity(columns, n)
            RowArguments.with(columns) { arguments in
                for row in 0..<n {
                    guard valid?[row] ?? true else {
                        builder.appendNull()
                        continue
                    }
                    writer.removeAll()
                    switch write(arguments, row, writer) {
                    case .value where writer.count <= resultBytesMax: builder.append(text: writer.bytes)
                    case .value:
                        builder.appendNull()
                        faults.add(row, .resultTooLong)
                    case .null: builder.appendNull()
                    case .failure(let failure):
                        builder.appendNull()
                        faults.add(row, failure)
                    }
                }
            }
            return builder.finish()
        }
    }

    private static func values<T>(
        _ absent: T, _ column: @escaping ([T], Bitmap?) -> Column, _ compute: @escaping (RowArguments, Int) -> RowValue<T>
    ) -> Kernel {
        .free { columns, n, faults in
            var valid = validity(columns, n)
            var result = [T](repeating: absent, count: n)
            RowArguments.with(columns) { arguments in
                for row in 0..<n where valid?[row] ?? true {
                    switch compute(arguments, row) {
                    case .value(let value): result[row] = value
                    case .null:
                        if valid == nil { valid = Bitmap(count: n, repeating: true) }
                        valid?[row] = false
                    case .failure(let failure): faults.add(row, failure)
                    }
                }
            }
            return column(result, valid)
        }
    }

    /// Integers, dates and times.
    static func integers(_ compute: @escaping (RowArguments, Int) -> RowValue<Int64>) -> Kernel {
        values(0, { Column.int64($0, $1) }, compute)
    }

    static func booleans(_ compute: @escaping (RowArguments, Int) -> RowValue<Bool>) -> Kernel {
        values(false, { Column.bool($0, $1) }, compute)
    }

    static func reals(_ compute: @escaping (RowArguments, Int) -> RowValue<Double>) -> Kernel {
        values(0, { Column.double($0, $1) }, compute)
    }

    static func numbers(_ compute: @escaping (RowArguments, Int) -> RowValue<Int128>) -> Kernel {
        values(0, { Column.decimal($0, $1) }, compute)
    }

    static func spans(_ compute: @escaping (RowArguments, Int) -> RowValue<Interval>) -> Kernel {
        values(Interval(), { Column.interval($0, $1) }, compute)
    }

    /// The text of a constant operand; nil where it is none.
    static func constantText(_ operands: [Expression], _ index: Int) -> String? {
        guard index < operands.count, case .text(let text)? = operands[index].literalValue else { return nil }
        return text
    }
}
