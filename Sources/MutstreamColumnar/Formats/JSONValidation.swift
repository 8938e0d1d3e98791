/// Whether a text is one JSON value (RFC 8259) in valid UTF-8; nil: it is.
package func validateJSON(_ bytes: UnsafeRawBufferPointer, maxDepth: Int) -> DecodeError? {
    let copy = SharedBytes(sentinel: bytes)
    var scanner = JSONScanner(newlineIsSpace: true, maxDepth: maxDepth)
    defer { scanner.deallocate() }
    let start = UnsafeRawPointer(copy.base)
    let end = start + bytes.count
    if let next = scanner.skipValue(scanner.skipSpace(start), depth: 0) {
        let last = scanner.skipSpace(next)
        if last == end { return nil }
        _ = scanner.fail(.syntax, last, "the end")
    }
    let (field, found, expected) = scanner.report(end: end)
    return DecodeError(
        row: 0, byteOffset: min(scanner.defectAt - start, bytes.count), field: field, found: found, expected: expected)
}

extension SharedBytes {
    /// A copy of `bytes` with a zero byte after it, where scanners stop.
    convenience init(sentinel bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count + 1)
        if let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
        base.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        count = bytes.count
    }
}
