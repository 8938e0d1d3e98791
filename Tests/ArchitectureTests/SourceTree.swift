import Foundation
import Testing

/// One file of `Sources`, read as text.
struct SourceFile: Sendable {
    /// The folder below `Sources`: `MutstreamSQL`.
    var target: String
    /// The path below `Sources`.
    var path: String
    var text: String

    var name: String { String(path.split(separator: "/").last ?? "") }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The modules that the file imports, with the numbers of their lines.
    var imports: [(module: String, line: Int)] {
        lines.enumerated().compactMap { number, line in
            var words = line.split(separator: " ").map(String.init)
            words.removeAll {
                $0.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains($0)
            }
            guard words.first == "import", words.count > 1 else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
            let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return (String(module.split(separator: ".")[0]), number + 1)
        }
    }

    /// The lines without comments and without what stands between quotes, so that words in messages do not count.
    var code: [(number: Int, text: String)] {
        var isInText = false
        return lines.enumerated().map { number, line in
            if line.contains("\"\"\"") {
                isInText.toggle()
                return (number + 1, "")
            }
            if isInText { return (number + 1, "") }
            var (result, isQuoted, last) = ("", false, Character(" "))
            for character in line {
                if character == "\"", last != "\\" { isQuoted.toggle() }
                if !isQuoted, character == "/", last == "/" { break }
                if !isQuoted { result.append(character) }
                last = character
            }
            return (number + 1, result)
        }
    }
}

/// All Swift files of the project's `Sources`.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func read() throws -> [SourceFile] {
        let folder = root.appending(path: "Sources")
        let walker = try #require(FileManager.default.enumerator(atPath: folder.path))
        var files: [SourceFile] = []
        for case let path as String in walker where path.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            files.append(SourceFile(target: String(path.split(separator: "/")[0]), path: path, text: text))
        }
        return files.sorted { $0.path < $1.path }
    }
}
