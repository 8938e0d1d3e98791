import MutstreamColumnar

/// Functions that give the numbers or times of a range as an array.
extension Library {
    private static func numbers(_ operands: [Expression], _ type: DataType) -> Kernel {
        let hasStep = operands.count > 2
        return built(.array(type)) { reader, row, writer throws(RowFault) in
            let (start, end) = (reader[0].int64(row), reader[1].int64(row))
            let step = hasStep ? reader[2].int64(row) : 1
            if step == 0 { throw RowFault("step size cannot equal zero") }
            if step > 0 ? start > end : start < end { return true }
            let count = (Int128(end) - Int128(start)) / Int128(step) + 1
            if count > Int128(maxElements) { throw tooLong(count) }
            var value = start
            for _ in 0..<count {
                writer.append(int64: value)
                value = value &+ step
            }
            return true
        }
    }

    private static func tooLong(_ count: Int128) -> RowFault {
        RowFault("generate_series gives \(count) values, more than \(maxElements)")
    }

    private static func decimals(_ operands: [Expression], _ type: DataType) -> Kernel {
        let scales = operands.map(\.type.scale)
        let scale = type.scale
        return built(.array(type)) { reader, row, writer throws(RowFault) in
            var values: [Int128] = []
            for (index, own) in scales.enumerated() {
                let value = reader[index].load(row, as: Int128.self)
                guard let scaled = Decimal.rescaled(value, from: own, to: scale, bound: Decimal.bound(38)) else {
                    throw RowFault(.outOfRange(type))
                }
                values.append(scaled)
            }
            let step = values.count > 2 ? values[2] : Decimal.power(scale)
            if step == 0 { throw RowFault("step size cannot equal zero") }
            if step > 0 ? values[0] > values[1] : values[0] < values[1] { return true }
            let count = (values[1] - values[0]) / step + 1
            if count > Int128(maxElements) { throw tooLong(count) }
            for index in 0..<count { writer.append(decimal: values[0] + index * step) }
            return true
        }
    }

    private static func times(_ type: DataType) -> Kernel {
        built(.array(type)) { reader, row, writer throws(RowFault) in
            let (start, end) = (reader[0].int64(row), reader[1].int64(row))
            let step = reader[2].load(row, as: Interval.self)
            let sign = step.comparable
            if sign == 0 { throw RowFault("step size cannot equal zero") }
            var value = start
            var count: Int64 = 0
            while sign > 0 ? value <= end : value >= end {
                count += 1
                if count > maxElements { throw tooLong(Int128(count)) }
                writer.append(int64: value)
                guard let next = CivilTime.add(step, to: value) else { throw RowFault(.outOfRange(type)) }
                // A step like '1 month -30 days' may stand still.
                if sign > 0 ? next <= value : next >= value { throw RowFault("the step does not lead to the end") }
                value = next
            }
            return true
        }
    }

    private static let about = "The numbers or times from the first to the second argument, by the step of the third."

    static let series: [LibraryEntry] = [
        LibraryEntry(
            "generate_series", group: .array, about, [.int, .int, .int], optional: 1, .type(.array(.int))
        ) { operands, _ in numbers(operands, .int) },
        LibraryEntry(
            "generate_series", group: .array, about, [.bigint, .bigint, .bigint], optional: 1, .type(.array(.bigint))
        ) { operands, _ in numbers(operands, .bigint) },
        LibraryEntry(
            "generate_series", group: .array, about, [.decimal, .decimal, .decimal], optional: 1,
            .of("DECIMAL[]") { operands throws(TypeError) in
                .array(.decimal(precision: 38, scale: operands.map(\.type.scale).max() ?? 0))
            }
        ) { operands, result in decimals(operands, element(Expression.null(result))) },
        LibraryEntry(
            "generate_series", group: .array, about, [.timestamp, .timestamp, .interval], .type(.array(.timestamp))
        ) { _, _ in times(.timestamp) },
        LibraryEntry(
            "generate_series", group: .array, about, [.timestamptz, .timestamptz, .interval], .type(.array(.timestamptz))
        ) { _, _ in times(.timestamptz) },
        LibraryEntry(
            "generate_subscripts", group: .array, "The numbers of the elements.", [.anyArray, .int], .type(.array(.int)),
            mayFail: false
        ) { operands, _ in
            let type = element(operands[0])
            return built(.array(.int)) { reader, row, writer in
                if reader[1].int64(row) != 1 { return true }
                let count = EncodedElements(reader[0].text(row), type).count
                for index in 0..<count { writer.append(int64: Int64(index) + 1) }
                return true
            }
        },
    ]
}
