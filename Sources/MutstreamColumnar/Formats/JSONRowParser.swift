/// Parses one JSON object into the columns of a ``RowAssembler``.
struct JSONRowParser {
    unowned(unsafe) let assembler: RowAssembler
    let fields: UnsafeMutablePointer<FieldState>
    private let fieldCount: Int
    private var leads: JSONLeads
    private let carrier: ChangeSchema.Carrier?
    var scanner: JSONScanner
    /// Objects and arrays around the row.
    var depth = 0
    /// The row's buffer: views refer to it by its number and the distance from its base.
    var base: UnsafeRawPointer
    var buffer: UInt32 = 0
    /// The field that ``JSONScanner/defect`` concerns, -1: none.
    var defectField = -1

    init(_ assembler: RowAssembler, _ scanner: JSONScanner) {
        self.assembler = assembler
        fields = assembler.fields
        fieldCount = assembler.schema.fields.count
        leads = JSONLeads(fieldCount: fieldCount)
        self.scanner = scanner
        carrier = assembler.schema.changes?.carrier
        base = UnsafeRawPointer(leads.start)
    }

    func deallocate() {
        leads.deallocate()
        scanner.deallocate()
    }

    // MARK: - Rows

    /// Past the object that begins at `start`, be it a row or a change of one, which is written at `row`. Nil on a defect.
    @inline(__always)
    mutating func row(_ start: UnsafeRawPointer, _ row: Int) -> UnsafeRawPointer? {
        if let carrier { return change(start, row, carrier) }
        return object(start, row)
    }

    /// Past the object that begins at `start`; its fields are written at `row`. Nil on a defect.
    @inline(never)
    mutating func object(_ start: UnsafeRawPointer, _ row: Int) -> UnsafeRawPointer? {
        defectField = -1
        if JSONScanner.byte(start) != 0x7b { return notAnObject(start) }
        if depth >= scanner.maxDepth { return scanner.fail(.depth, start) }
        let (opening, fields) = (leads.start, fields)
        var filled = 0
        var lead = opening
        // At the brace, then past each value.
        var at = start
        while true {
            let guess = lead.pointee.next
            if guess.pointee.matches(at) {
                at += guess.pointee.length
                lead = guess
            } else if JSONScanner.byte(at) == 0x7d {
                at += 1
                break
            } else {
                guard let next = lookUp(at, &lead) else { return nil }
                at = next
                if lead == opening { break }
            }
            at = scanner.skipSpace(at)
            let field = Int(truncatingIfNeeded: lead.pointee.field)
            if field < 0 {
                guard let next = unknownValue(at) else { return nil }
                at = next
                continue
            }
            if !fields[field].claim(row) { return fail(.duplicate, at, field) }
            filled &+= 1
            guard let next = value(at, field, row) else { return nil }
            at = next
        }
        if filled != fieldCount, let missing = assembler.missingField() { return fail(.missing, at - 1, missing) }
        return at
    }

    @inline(never)
    private mutating func unknownValue(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        scanner.skipValue(start, depth: depth &+ 1)
    }

    @inline(never)
    private mutating func notAnObject(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        guard scanner.skipValue(start, depth: depth) != nil else { return nil }
        return scanner.fail(.type, start, "an object")
    }

    @inline(never)
    mutating func fail(_ defect: JSONDefect, _ at: UnsafeRawPointer, _ field: Int) -> UnsafeRawPointer? {
        defectField = field
        return scanner.fail(defect, at)
    }

    // MARK: - Names

    /// Reads what was not expected at the brace that opens the object, where `lead` is that of the start, or past a value.
    ///
    /// - Returns: the place of the next value, and `lead` is what led there; or past the object, and it is that of the start.
    @inline(never)
    private mutating func lookUp(
        _ start: UnsafeRawPointer, _ lead: inout UnsafeMutablePointer<JSONLead>
    ) -> UnsafeRawPointer? {
        let isFirst = lead == leads.start
        let sign = isFirst ? start : scanner.skipSpace(start)
        if !isFirst, JSONScanner.byte(sign) != 0x2c {
            if JSONScanner.byte(sign) != 0x7d { return scanner.fail(.syntax, sign, "',' or '}'") }
            lead = leads.start
            return sign + 1
        }
        let name = scanner.skipSpace(sign + 1)
        if isFirst, JSONScanner.byte(name) == 0x7d { return name + 1 }
        if JSONScanner.byte(name) != 0x22 { return scanner.fail(.syntax, name, "a field name") }
        var escaped = false
        guard let end = scanner.stringEnd(name + 1, &escaped) else { return nil }
        let colon = scanner.skipSpace(end + 1)
        if JSONScanner.byte(colon) != 0x3a { return scanner.fail(.syntax, colon, "':'") }
        let value = scanner.skipSpace(colon + 1)
        if let known = leads.find(start, value - start, after: lead) {
            lead = known
        } else {
            let field = find(name + 1, end, escaped)
            lead = leads.add(start, value - start, field: field, after: lead)
        }
        return value
    }

    /// The field of a name: exactly, else in another case (ASCII); -1: none.
    private func find(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ escaped: Bool) -> Int {
        if escaped {
            return JSONScanner.unescaped(start, end).bytes.withUnsafeBytes { assembler.schema.index(ofName: $0) }
        }
        return assembler.schema.index(ofName: UnsafeRawBufferPointer(start: start, count: end - start))
    }
}

extension DecoderSchema {
    /// The field of a name: exactly, else in another case (ASCII); -1: none.
    func index(ofName name: UnsafeRawBufferPointer) -> Int {
        let text = String(decoding: name, as: UTF8.self)
        if let index = fields.firstIndex(where: { $0.name.utf8.elementsEqual(text.utf8) }) { return index }
        return fields.firstIndex { field in
            field.name.utf8.count == name.count
                && zip(field.name.utf8, name).allSatisfy { TextCodec.lowered($0) == TextCodec.lowered($1) }
        } ?? -1
    }
}
