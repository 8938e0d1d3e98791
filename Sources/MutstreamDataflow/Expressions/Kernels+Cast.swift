import MutstreamColumnar

/// Conversions of values.
extension Kernels {
    static func cast(from: DataType, to: DataType) -> Kernel {
        if from == to { return .pass }
        if to == .text { return from == .json ? .pass : .unary(toText(from)) }
        switch (from, to) {
        case (.text, _): return .unary(fromText(to))
        case (.array(let own), .array(let other)): return arrayCast(own, other)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return mapCast(key, value, otherKey, otherValue)
        case (.row(let own), .row(let other)): return rowCast(own, other)
        case (.json, _): return .unary(fromJSON(to))
        case (.boolean, .int): return .unary { operand, _, n, _ in .int64(map(operand.bools, n) { $0 ? 1 : 0 }) }
        case (.int, .boolean): return .unary { operand, _, n, _ in .bool(map(operand.int64s, n) { $0 != 0 }) }
        case (_, .decimal(let precision, let scale)): return .unary(toDecimal(from, to, precision, scale))
        case (.decimal(_, let scale), _): return .unary(fromDecimal(scale, to))
        case (.real, .double): return .pass
        case (.double, .real): return .unary(toReal)
        case (.real, _), (.double, _): return .unary(doubleToInteger(to))
        default: break
        }
        if from.isInteger {
            if to == .double { return .unary { operand, _, n, _ in .double(map(operand.int64s, n) { Double($0) }) } }
            if to == .real { return .unary { operand, _, n, _ in .double(map(operand.int64s, n) { Double(Float($0)) }) } }
            let range = to.integerRange
            let own = from.integerRange
            if range.lowerBound <= own.lowerBound { return .pass }
            return .unary { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, to) }) {
                        ($0, $0 < range.lowerBound || $0 > range.upperBound ? outside : 0)
                    })
            }
        }
        return temporalCast(from, to)
    }

    private static func temporalCast(_ from: DataType, _ to: DataType) -> Kernel {
        switch (from, to) {
        // The session's zone is UTC.
        case (.timestamp, .timestamptz), (.timestamptz, .timestamp): return .pass
        case (.date, .timestamp), (.date, .timestamptz):
            return .unary { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, to) }) {
                        let (value, overflow) = $0.multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
                        return (value, overflow ? outside : 0)
                    })
            }
        case (.timestamp, .date), (.timestamptz, .date):
            return .unary { operand, _, n, _ in .int64(map(operand.int64s, n) { CivilTime.split($0).day }) }
        case (.timestamp, .time), (.timestamptz, .time):
            return .unary { operand, _, n, _ in .int64(map(operand.int64s, n) { CivilTime.split($0).time }) }
        case (.interval, .time):
            return .unary { operand, _, n, _ in
                .int64(map(operand.intervals, n) { CivilTime.split($0.microseconds).time })
            }
        case (.time, .interval):
            return .unary { operand, _, n, _ in .interval(map(operand.int64s, n) { Interval(microseconds: $0) }) }
        default: preconditionFailure("no cast from \(from.name) to \(to.name)")
        }
    }

    private static var toReal: UnaryKernel {
        { operand, validity, n, faults in
            .double(tryMap(operand.doubles, validity, n, &faults, { reason($0, .real) }) { real($0) })
        }
    }

    /// A finite double rounded to a float; it may become neither infinite nor 0.
    @inline(__always)
    static func real(_ value: Double) -> (Double, Fault) {
        let rounded = Double(Float(value))
        if rounded.isInfinite, value.isFinite { return (0, outside) }
        return (rounded, rounded == 0 && value != 0 ? under : 0)
    }

    private static func fromDecimal(_ scale: Int, _ to: DataType) -> UnaryKernel {
        if to == .double {
            return { operand, _, n, _ in .double(map(operand.decimals, n) { Decimal.double($0, scale: scale) }) }
        }
        if to == .real {
            return { operand, _, n, _ in
                .double(
                    map(operand.decimals, n) {
                        let value = Decimal.double($0, scale: scale)
                        if !TextCodec.isHalfway(value) { return Double(Float(value)) }
                        let text = TextCodec.text(.decimal($0), .decimal(precision: 38, scale: scale))
                        return Float(text).map { Double($0) } ?? value
                    })
            }
        }
        let unit = Decimal.power(scale)
        let range = to.integerRange
        return { operand, validity, n, faults in
            .int64(
                tryMap(operand.decimals, validity, n, &faults, { reason($0, to) }) {
                    guard let narrow = Int64(exactly: Decimal.rounded($0, by: unit)), range.contains(narrow) else {
                        return (0, outside)
                    }
                    return (narrow, 0)
                })
        }
    }

    private static func doubleToInteger(_ to: DataType) -> UnaryKernel {
        let range = to.integerRange
        return { operand, validity, n, faults in
            .int64(
                tryMap(operand.doubles, validity, n, &faults, { reason($0, to) }) {
                    guard let value = Int64(exactly: $0.rounded(.toNearestOrEven)), range.contains(value) else {
                        return (0, outside)
                    }
                    return (value, 0)
                })
        }
    }

    /// The number or truth value that a JSON text is.
    private static func fromJSON(_ to: DataType) -> UnaryKernel {
        // Numbers go by way of the widest decimal, as in PostgreSQL; those it cannot hold by way of a double.
        { operand, validity, n, faults in
            let column = Column(operand.values, validity: validity)
            let builder = ColumnBuilder(to, capacity: n)
            column.texts.withReader { reader in
                for row in 0..<n {
                    guard column.isValid(row) else {
                        builder.appendNull()
                        continue
                    }
                    let bytes = reader.bytes(row)
                    let isFitting: Bool
                    switch bytes.first ?? 0 {
                    case 0x74, 0x66: isFitting = to == .boolean
                    case 0x2d, 0x30...0x39: isFitting = to != .boolean
                    default: isFitting = false
                    }
                    if !isFitting {
                        faults.add(row, .invalidText(to, String(reader.string(row).prefix(100))))
                        builder.appendNull()
                    } else if to == .boolean {
                        builder.append(bool: bytes.first == 0x74)
                    } else {
                        do throws(TextCodecError) {
                            builder.append(try jsonNumber(bytes, to))
                        } catch {
                            faults.add(row, .outOfRange(to))
                            builder.appendNull()
                        }
                    }
                }
            }
            return builder.finish().values
        }
    }

    private static func jsonNumber(_ bytes: UnsafeRawBufferPointer, _ to: DataType) throws(TextCodecError) -> Value {
        switch to {
        case .real: return .double(try TextCodec.parseReal(bytes))
        case .double: return .double(try TextCodec.parseDouble(bytes))
        case .decimal(let precision, let scale):
            return .decimal(try TextCodec.parseDecimal(bytes, precision: precision, scale: scale))
        default:
            let whole = try TextCodec.parseDecimal(bytes, precision: 38, scale: 0)
            guard let value = Int64(exactly: whole), to.integerRange.contains(value) else { throw .outOfRange }
            return .int64(value)
        }
    }

    private static func toDecimal(_ from: DataType, _ to: DataType, _ precision: Int, _ scale: Int) -> UnaryKernel {
        let bound = Decimal.bound(precision)
        switch from {
        case .real, .double:
            let digits = from == .real ? 6 : 15
            return { operand, validity, n, faults in
                .decimal(
                    tryMap(operand.doubles, validity, n, &faults, { reason($0, to) }) {
                        Decimal.decimal($0, digits: digits, precision: precision, scale: scale).map { ($0, 0) } ?? (
                            0, outside
                        )
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
