import MutstreamColumnar

/// Conversions of values.
extension Kernels {
    static func cast(from: DataType, to: DataType) -> Kernel {
        if from == to { return .pass }
        if to == .text { return .unary(toText(from)) }
        switch (from, to) {
        case (.text, _): return .unary(fromText(to))
        case (.int, .bigint): return .pass
        case (.bigint, .int):
            return .unary { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, .int) }) {
                        ($0, Int32(exactly: $0) == nil ? outside : 0)
                    })
            }
        case (.int, .double), (.bigint, .double):
            return .unary { operand, _, n, _ in .double(map(operand.int64s, n) { Double($0) }) }
        case (.boolean, .int): return .unary { operand, _, n, _ in .int64(map(operand.bools, n) { $0 ? 1 : 0 }) }
        case (.int, .boolean): return .unary { operand, _, n, _ in .bool(map(operand.int64s, n) { $0 != 0 }) }
        case (.double, .int), (.double, .bigint): return .unary(doubleToInteger(to))
        case (_, .decimal(let precision, let scale)): return .unary(toDecimal(from, to, precision, scale))
        case (.decimal(_, let scale), .double):
            return .unary { operand, _, n, _ in .double(map(operand.decimals, n) { Decimal.double($0, scale: scale) }) }
        case (.decimal(_, let scale), _):
            let unit = Decimal.power(scale)
            return .unary { operand, validity, n, faults in
                .int64(
                    tryMap(operand.decimals, validity, n, &faults, { reason($0, to) }) {
                        let value = Decimal.rounded($0, by: unit)
                        guard let narrow = Int64(exactly: value), to != .int || Int32(exactly: narrow) != nil else {
                            return (0, outside)
                        }
                        return (narrow, 0)
                    })
            }
        case (.date, .timestamp):
            return .unary { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, .timestamp) }) {
                        let (value, overflow) = $0.multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
                        return (value, overflow ? outside : 0)
                    })
            }
        case (.timestamp, .date):
            return .unary { operand, _, n, _ in .int64(map(operand.int64s, n) { CivilTime.split($0).day }) }
        default: preconditionFailure("no cast from \(from.name) to \(to.name)")
        }
    }

    private static func doubleToInteger(_ to: DataType) -> UnaryKernel {
        { operand, validity, n, faults in
            .int64(
                tryMap(operand.doubles, validity, n, &faults, { reason($0, to) }) {
                    guard let value = Int64(exactly: $0.rounded(.toNearestOrEven)),
                        to != .int || Int32(exactly: value) != nil
                    else { return (0, outside) }
                    return (value, 0)
                })
        }
    }

    private static func toDecimal(_ from: DataType, _ to: DataType, _ precision: Int, _ scale: Int) -> UnaryKernel {
        let bound = Decimal.bound(precision)
        switch from {
        case .double:
            return { operand, validity, n, faults in
                .decimal(
                    tryMap(operand.doubles, validity, n, &faults, { reason($0, to) }) {
                        Decimal.decimal($0, precision: precision, scale: scale).map { ($0, 0) } ?? (0, outside)
                    })
            }
        case .decimal(_, let own):
            return { operand, validity, n, faults in
                .decimal(
                    tryMap(operand.decimals, validity, n, &faults, { reason($0, to) }) {
                        Decimal.rescaled($0, from: own, to: scale, bound: bound).map { ($0, 0) } ?? (0, outside)
                    })
            }
        default:
            return { operand, validity, n, faults in
                .decimal(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, to) }) {
                        Decimal.rescaled(Int128($0), from: 0, to: scale, bound: bound).map { ($0, 0) } ?? (0, outside)
                    })
            }
        }
    }

    // MARK: - Text

    private static func toText(_ from: DataType) -> UnaryKernel {
        let output = TextOutput()
        let scale = from.scale
        return { operand, validity, n, _ in
            output.rows(n, validity) { row, writer in
                switch operand.values {
                case .bool(let values): TextCodec.append(bool: values[row], to: writer)
                case .int64(let values):
                    switch from {
                    case .date: TextCodec.append(date: values[row], to: writer)
                    case .timestamp: TextCodec.append(timestamp: values[row], to: writer)
                    default: TextCodec.append(int64: values[row], to: writer)
                    }
                case .double(let values): TextCodec.append(double: values[row], to: writer)
                case .decimal(let values): TextCodec.append(decimal: values[row], scale: scale, to: writer)
                case .interval(let values): TextCodec.append(interval: values[row], to: writer)
                case .text: break
                }
            }
        }
    }

    private static func parsed<T: BitwiseCopyable>(
        _ operand: Column, _ validity: Bitmap?, _ n: Int, _ to: DataType, _ faults: inout Faults, _ absent: T,
        _ parse: (UnsafeRawBufferPointer) throws(TextCodecError) -> T
    ) -> [T] {
        operand.texts.withReader { reader in
            [T](unsafeUninitializedCapacity: n) { out, count in
                for row in 0..<n {
                    var value = absent
                    if validity?[row] ?? true {
                        do throws(TextCodecError) {
                            value = try parse(reader.bytes(row))
                        } catch {
                            switch error {
                            // A long text is told by its beginning.
                            case .invalid: faults.add(row, .invalidText(to, String(reader.string(row).prefix(100))))
                            case .outOfRange: faults.add(row, .outOfRange(to))
                            }
                        }
                    }
                    out.initializeElement(at: row, to: value)
                }
                count = n
            }
        }
    }

    private static func fromText(_ to: DataType) -> UnaryKernel {
        { operand, validity, n, faults in
            switch to {
            case .boolean:
                .bool(
                    parsed(operand, validity, n, to, &faults, false) { text throws(TextCodecError) in
                        try TextCodec.parseBool(text)
                    })
            case .int:
                .int64(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseInt32(text)
                    })
            case .bigint, .text:
                .int64(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseInt64(text)
                    })
            case .double:
                .double(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseDouble(text, lenient: true)
                    })
            case .decimal(let precision, let scale):
                .decimal(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseDecimal(text, precision: precision, scale: scale)
                    })
            case .date:
                .int64(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseDate(text)
                    })
            case .timestamp:
                .int64(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        try TextCodec.parseTimestamp(text)
                    })
            case .interval:
                .interval(
                    parsed(operand, validity, n, to, &faults, Interval()) { text throws(TextCodecError) in
                        try TextCodec.parseInterval(text)
                    })
            }
        }
    }
}

/// Builds a text column, one row after the other, over memory kept from batch to batch.
final class TextOutput {
    private let builder = ColumnBuilder(DataType.text)
    private let writer = ByteWriter()

    /// `write` appends the bytes of a row; NULL rows are empty.
    @inline(__always)
    func rows(_ n: Int, _ validity: Bitmap?, _ write: (Int, ByteWriter) -> Void) -> Column.Values {
        for row in 0..<n {
            writer.removeAll()
            if validity?[row] ?? true { write(row, writer) }
            builder.append(text: writer.bytes)
        }
        return builder.finish().values
    }
}
