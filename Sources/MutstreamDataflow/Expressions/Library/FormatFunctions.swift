import MutstreamColumnar

extension Library {
    static let format: [LibraryEntry] =
        timeOutputs + timeInputs + [
            number(.int), number(.bigint), number(.decimal), number(.type(.real)), number(.double), numberInput,
        ]

    // MARK: - Times

    private static func timeOutput(_ type: DataType) -> LibraryEntry {
        LibraryEntry("to_char", group: .format, "By a template like `YYYY-MM-DD HH24:MI:SS`.", [.type(type), .text], .text) {
            _, _ in
            let cache = TemplateCache { TimeTemplate($0) }
            return Kernels.texts { arguments, row, writer in
                let template = cache.get(arguments.text(1, row))
                if arguments.text(1, row).isEmpty { return .null }
                let fields =
                    type == .interval
                    ? TimeFields(arguments.interval(0, row))
                    : TimeFields(timestamp: arguments.int64(0, row), hasZone: type == .timestamptz)
                return template.append(fields, to: writer).map { .invalid($0) } ?? .value(())
            }
        }
    }

    private static let timeOutputs = [timeOutput(.timestamp), timeOutput(.timestamptz), timeOutput(.interval)]

    private static func timeInput(_ name: String, _ result: LibraryEntry.Result, _ summary: String) -> LibraryEntry {
        let isDate = name == "to_date"
        return LibraryEntry(name, group: .format, summary, [.text, .text], result) { _, _ in
            let cache = TemplateCache { TimeTemplate($0) }
            return Kernels.integers { arguments, row in
                var reader = TimeReader(cache.get(arguments.text(1, row)), arguments.text(0, row))
                do throws(TimeReader.Defect) {
                    let (day, time, zone) = try reader.result()
                    if isDate { return .value(day) }
                    guard let local = CivilTime.timestamp(day: day, time: time) else {
                        return .failure(.outOfRange(.timestamptz))
                    }
                    let (value, overflow) = local.subtractingReportingOverflow(zone)
                    return overflow ? .failure(.outOfRange(.timestamptz)) : .value(value)
                } catch {
                    return .invalid(error.message)
                }
            }
        }
    }

    private static let timeInputs = [
        timeInput("to_timestamp", .timestamptz, "The time that a text holds, by a template like `YYYY-MM-DD HH24:MI:SS`."),
        timeInput("to_date", .date, "The date that a text holds, by a template like `YYYY-MM-DD`."),
    ]

    // MARK: - Numbers

    private static func number(_ parameter: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry("to_char", group: .format, "By a template like `999,990.00`.", [parameter, .text], .text) {
            operands, _ in
            let type = operands[0].type
            let cache = TemplateCache { template in
                Result { () throws(NumberTemplate.Defect) in try NumberTemplate(template) }
            }
            return Kernels.texts { arguments, row, writer in
                if arguments.text(1, row).isEmpty { return .null }
                guard case .success(let template) = cache.get(arguments.text(1, row)) else {
                    if case .failure(let defect) = cache.get(arguments.text(1, row)) { return .invalid(defect.message) }
                    return .null
                }
                let text: [UInt8]?
                do throws(NumberTemplate.Defect) {
                    switch type.physical {
                    case .double:
                        text = try NumberFormat.text(arguments.double(0, row), digits: type == .real ? 6 : 15, template)
                    case .decimal:
                        text = try NumberFormat.text(arguments.decimal(0, row), scale: type.scale, template)
                    case _ where template.isExponent:
                        text = try NumberFormat.text(Double(arguments.int64(0, row)), digits: 15, template)
                    default: text = try NumberFormat.text(Int128(arguments.int64(0, row)), scale: 0, template)
                    }
                } catch {
                    return .invalid(error.message)
                }
                guard let text else { return .failure(.outOfRange(type)) }
                writer.append(bytes: text)
                return .value(())
            }
        }
    }

    private static let numberInput = LibraryEntry(
        "to_number", group: .format, "The number that a text holds, by a template like `999G990D00`.", [.text, .text],
        .of("DECIMAL") { operands throws(TypeError) in
            // The template, if it is constant, says how many digits there are.
            guard let text = Kernels.constantText(operands, 1) else { return .decimal(precision: 38, scale: 16) }
            let template = Array(text.utf8).withUnsafeBytes { bytes in
                Result { () throws(NumberTemplate.Defect) in try NumberTemplate(bytes) }
            }
            switch template {
            case .failure(let defect): throw TypeError(defect.message, argument: 1)
            case .success(let template):
                let scale = min(38, template.after + template.shifted)
                return .decimal(precision: max(1, min(38, template.before + template.shifted + scale)), scale: scale)
            }
        }
    ) { _, result in
        let cache = TemplateCache { template in Result { () throws(NumberTemplate.Defect) in try NumberTemplate(template) } }
        guard case .decimal(let precision, let scale) = result else { preconditionFailure("a decimal result") }
        return Kernels.numbers { arguments, row in
            switch cache.get(arguments.text(1, row)) {
            case .failure(let defect): return .invalid(defect.message)
            case .success(let template):
                if arguments.text(1, row).isEmpty { return .null }
                if template.isExponent { return .invalid("\"EEEE\" not supported for input") }
                if template.isRoman { return .invalid("\"RN\" not supported for input") }
                var reader = NumberReader(template, arguments.text(0, row))
                return NumberFormat.read(reader.number(), template, precision: precision, scale: scale, result)
            }
        }
    }
}

/// The template read last.
final class TemplateCache<T> {
    private let make: (UnsafeRawBufferPointer) -> T
    private var known: [UInt8] = []
    private var made: T?

    init(_ make: @escaping (UnsafeRawBufferPointer) -> T) { self.make = make }

    func get(_ template: UnsafeRawBufferPointer) -> T {
        if let made, known.withUnsafeBytes({ Kernels.equalBytes($0, template) }) { return made }
        let fresh = make(template)
        known = Array(template)
        made = fresh
        return fresh
    }
}
