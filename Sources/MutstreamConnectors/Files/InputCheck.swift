import MutstreamEngine

/// Tells by its first bytes that an input is none of what can be read, before its lines are refused one by one.
enum InputCheck {
    /// The input from its beginning on; throws where it is clear what was found instead of lines of text.
    ///
    /// - Parameters:
    ///   - isJSON: each line is to be an object.
    ///   - blockBytes: what the reader reads at once: as much is looked at, so that its blocks stay as they are.
    static func open(
        _ input: any ByteInput, name: String, isJSON: Bool, blockBytes: Int
    ) throws(ConnectorError) -> any ByteInput {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(blockBytes, 64), alignment: 16)
        defer { block.deallocate() }
        var first: [UInt8] = []
        while !isEnough(first) {
            let start = first.count
            let count = try input.read(into: UnsafeMutableRawBufferPointer(rebasing: block[start...]))
            if count == 0 { break }
            first += block[start..<start + count]
        }
        if let found = InputCheck.kind(first) {
            throw ConnectorError(
                "\(name) is \(found.name), expected lines of text in UTF-8", hint: found.hint, option: "path")
        }
        if isJSON, InputCheck.isArray(first) {
            throw ConnectorError(
                "\(name) holds an array of objects, expected one object a line",
                hint: "jq -c '.[]' makes lines of an array", option: "path")
        }
        return RewoundInput(first, then: input)
    }

    /// The first bytes tell what they begin, or a whole line is there, which must not wait for more.
    private static func isEnough(_ first: [UInt8]) -> Bool {
        first.count >= 16
            || first.drop { [0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: "[")].contains($0) }.contains(UInt8(ascii: "\n"))
    }

    private static func kind(_ first: [UInt8]) -> (name: String, hint: String)? {
        for (magic, name, hint) in magics where first.starts(with: magic) { return (name, hint) }
        // "BZh", the size of a block as a digit, and the digits of pi that begin a block or of its root that end all.
        if first.starts(with: [0x42, 0x5A, 0x68]), first.count > 4, first[4] == 0x31 || first[4] == 0x17 {
            return ("compressed with bzip2", "decompress it with bzip2 -d; gzip is read as it is")
        }
        return nil
    }

    private static let magics: [(magic: [UInt8], name: String, hint: String)] = [
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd", "decompress it with zstd -d; gzip is read as it is"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz", "decompress it with xz -d; gzip is read as it is"),
        ([0x04, 0x22, 0x4D, 0x18], "compressed with lz4", "decompress it with lz4 -d; gzip is read as it is"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "take the file out with unzip; gzip is read as it is"),
        ([0x50, 0x41, 0x52, 0x31, 0x15], "a Parquet file", "export it as CSV or JSON lines"),
        ([0xFF, 0xFE], "text in UTF-16", "iconv -f UTF-16 -t UTF-8 converts it"),
        ([0xFE, 0xFF], "text in UTF-16", "iconv -f UTF-16 -t UTF-8 converts it"),
    ]

    private static func isArray(_ first: [UInt8]) -> Bool {
        func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
        let text = first.starts(with: [0xEF, 0xBB, 0xBF]) ? first.dropFirst(3) : first[...]
        let rest = text.drop(while: isSpace)
        guard rest.first == UInt8(ascii: "[") else { return false }
        return rest.dropFirst().drop(while: isSpace).first == UInt8(ascii: "{")
    }
}
