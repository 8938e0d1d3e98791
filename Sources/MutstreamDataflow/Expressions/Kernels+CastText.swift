import MutstreamColumnar

/// Conversions from and to TEXT.
extension Kernels {
    static func toText(_ from: DataType) -> UnaryKernel {
        let output = TextOutput()
        let scale = from.scale
        return { operand, validity, n, _ in
            if case .text(let texts) = operand.values {
                return texts.withReader { reader in
                    output.rows(n, validity) { row, writer in
                        TextCodec.append(laidOut: reader.bytes(row), from, to: writer)
                    }
                }
            }
            return output.rows(n, validity) { row, writer in
                switch operand.values {
                case .bool(let values): TextCodec.append(bool: values[row], to: writer)
                case .int64(let values):
                    switch from {
                    case .date: TextCodec.append(date: values[row], to: writer)
                    case .time: TextCodec.append(time: values[row], to: writer)
                    case .timestamp: TextCodec.append(timestamp: values[row], to: writer)
                    case .timestamptz: TextCodec.append(timestamptz: values[row], to: writer)
                    default: TextCodec.append(int64: values[row], to: writer)
                    }
                case .double(let values):
                    if from == .real {
                        TextCodec.append(real: values[row], to: writer)
                    } else {
                        TextCodec.append(double: values[row], to: writer)
                    }
                case .decimal(let values):
                    if from == .uuid {
                        TextCodec.append(uuid: values[row], to: writer)
                    } else {
                        TextCodec.append(decimal: values[row], scale: scale, to: writer)
                    }
                case .interval(let values): TextCodec.append(interval: values[row], to: writer)
                case .text: break
                }
            }
        }
    }

    @inline(__always)
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
                            faults.add(row, failure(error, reader, row, to))
                        }
                    }
                    out.initializeElement(at: row, to: value)
                }
                count = n
            }
        }
    }

    private static func failure(_ error: TextCodecError, _ reader: TextReader, _ row: Int, _ to: DataType) -> RowFailure {
        switch error {
        // A long text is told by its beginning.
        case .invalid: .invalidText(to, String(reader.string(row).prefix(100)))
        case .outOfRange: .outOfRange(to)
        }
    }

    private static func integers(
        _ to: DataType, _ parse: @escaping (UnsafeRawBufferPointer) throws(TextCodecError) -> Int64
    ) -> UnaryKernel {
        { operand, validity, n, faults in .int64(parsed(operand, validity, n, to, &faults, 0, parse)) }
    }

    private static func decimals(
        _ to: DataType, _ parse: @escaping (UnsafeRawBufferPointer) throws(TextCodecError) -> Int128
    ) -> UnaryKernel {
        { operand, validity, n, faults in .decimal(parsed(operand, validity, n, to, &faults, 0, parse)) }
    }

    static func fromText(_ to: DataType) -> UnaryKernel {
        switch to {
        case .boolean:
            return { operand, validity, n, faults in
                .bool(
                    parsed(operand, validity, n, to, &faults, false) { text throws(TextCodecError) in
                        try TextCodec.parseBool(text)
                    })
            }
        case .smallint: return integers(to) { text throws(TextCodecError) in try TextCodec.parseInt16(text) }
        case .int: return integers(to) { text throws(TextCodecError) in try TextCodec.parseInt32(text) }
        case .bigint: return integers(to) { text throws(TextCodecError) in try TextCodec.parseInt64(text) }
        case .date: return integers(to) { text throws(TextCodecError) in try TextCodec.parseDate(text) }
        case .time: return integers(to) { text throws(TextCodecError) in try TextCodec.parseTime(text) }
        case .timestamp: return integers(to) { text throws(TextCodecError) in try TextCodec.parseTimestamp(text) }
        case .timestamptz: return integers(to) { text throws(TextCodecError) in try TextCodec.parseTimestampTZ(text) }
        case .real, .double:
            let isReal = to == .real
            return { operand, validity, n, faults in
                .double(
                    parsed(operand, validity, n, to, &faults, 0) { text throws(TextCodecError) in
                        isReal ? try TextCodec.parseReal(text) : try TextCodec.parseDouble(text, lenient: true)
                    })
            }
        case .decimal(let precision, let scale):
            return decimals(to) { text throws(TextCodecError) in
                try TextCodec.parseDecimal(text, precision: precision, scale: scale)
            }
        case .uuid: return decimals(to) { text throws(TextCodecError) in try TextCodec.parseUUID(text) }
        case .interval:
            return { operand, validity, n, faults in
                .interval(
                    parsed(operand, validity, n, to, &faults, Interval()) { text throws(TextCodecError) in
                        try TextCodec.parseInterval(text)
                    })
            }
        case .text, .bytes, .json, .array, .row, .map: return laidOut(to)
        }
    }

    private static func laidOut(_ to: DataType) -> UnaryKernel {
        let output = TextOutput()
        return { operand, validity, n, faults in
            operand.texts.withReader { reader in
                output.rows(n, validity) { row, writer in
                    do throws(TextCodecError) {
                        try TextCodec.parse(reader.bytes(row), laidOut: to, to: writer)
                    } catch {
                        writer.removeAll()
                        faults.add(row, failure(error, reader, row, to))
                    }
                }
            }
        }
    }
}
