/// One line that is being written, and what keys do to it: a state machine that knows no terminal.
///
/// Keys are those of Emacs, as in every shell: arrows, Home, End, Ctrl-A/E/B/F/K/U/W/Y/D/T/L/P/N/R, Alt-B/F/D.
struct LineEditor {
    enum Action: Equatable {
        /// The line or the cursor has changed, or not.
        case redraw
        case submit(String)
        /// Ctrl-C.
        case cancel
        /// Ctrl-D on an empty line.
        case endOfInput
        case clearScreen
        /// More than one word fits: these.
        case show([String])
        case bell
    }

    /// What of a line is to be replaced by which words.
    struct Completion: Equatable {
        /// Characters before the cursor that the words replace.
        var length: Int
        var words: [String]
    }

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    /// What is looked for, while it is.
    private(set) var search: String?
    var history: History
    var complete: ([Character]) -> Completion = { _ in Completion(length: 0, words: []) }

    private var killed: [Character] = []
    private var historyPlace: Int?
    /// The line that was being written before one of the history was shown.
    private var draft: [Character] = []
    private var foundAt: Int?
    private var isPasting = false

    static let lengthMax = 1 << 20

    init(history: History) { self.history = history }

    mutating func feed(_ key: Key) -> Action {
        if search != nil, let action = feedSearch(key) { return action }
        switch key {
        case .pasteBegin: isPasting = true
        case .pasteEnd: isPasting = false
        case .text(let character): insert(character)
        case .enter: return submit()
        case .tab: return isPasting ? inserting(" ") : completeWord()
        case .backspace, .control("h"): delete(cursor - 1..<cursor)
        case .delete: delete(cursor..<cursor + 1)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .wordLeft, .meta("b"): cursor = wordStart
        case .wordRight, .meta("f"): cursor = wordEnd
        case .up, .control("p"): return recall(older: true)
        case .down, .control("n"): return recall(older: false)
        case .control("k"): kill(cursor..<text.count)
        case .control("u"): kill(0..<cursor)
        case .control("w"): kill(blankWordStart..<cursor)
        case .meta("\u{7F}"): kill(wordStart..<cursor)
        case .meta("d"): kill(cursor..<wordEnd)
        case .control("y"): killed.forEach { insert($0) }
        case .control("t"): transpose()
        case .control("l"): return .clearScreen
        case .control("c"):
            clear()
            return .cancel
        case .control("d"):
            if text.isEmpty { return .endOfInput }
            delete(cursor..<cursor + 1)
        case .control("r"):
            search = ""
            draft = text
            foundAt = nil
        case .escape, .control, .meta: break
        }
        return .redraw
    }

    // MARK: Changing

    private mutating func clear() {
        text = []
        cursor = 0
        historyPlace = nil
        search = nil
    }

    private mutating func submit() -> Action {
        let line = String(text)
        clear()
        return .submit(line)
    }

    private mutating func inserting(_ character: Character) -> Action {
        insert(character)
        return .redraw
    }

    private mutating func insert(_ character: Character) {
        guard text.count < LineEditor.lengthMax else { return }
        // A mark joins the character before it.
        if !character.isASCII, cursor > 0, (String(text[cursor - 1]) + String(character)).count == 1 {
            text[cursor - 1] = Character(String(text[cursor - 1]) + String(character))
            return
        }
        text.insert(character, at: cursor)
        cursor += 1
    }

    private mutating func delete(_ range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= text.count else { return }
        text.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func kill(_ range: Range<Int>) {
        if range.isEmpty { return }
        killed = Array(text[range])
        delete(range)
    }

    private mutating func transpose() {
        guard cursor > 0, text.count > 1 else { return }
        if cursor == text.count { cursor -= 1 }
        text.swapAt(cursor - 1, cursor)
        cursor += 1
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    private var wordStart: Int {
        var place = cursor
        while place > 0, !LineEditor.isWord(text[place - 1]) { place -= 1 }
        while place > 0, LineEditor.isWord(text[place - 1]) { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < text.count, !LineEditor.isWord(text[place]) { place += 1 }
        while place < text.count, LineEditor.isWord(text[place]) { place += 1 }
        return place
    }

    private var blankWordStart: Int {
        var place = cursor
        while place > 0, text[place - 1].isWhitespace { place -= 1 }
        while place > 0, !text[place - 1].isWhitespace { place -= 1 }
        return place
    }

    // MARK: History

    private mutating func recall(older: Bool) -> Action {
        let place = historyPlace ?? history.entries.count
        let next = older ? place - 1 : place + 1
        guard next >= 0, next <= history.entries.count else { return .bell }
        if historyPlace == nil { draft = text }
        if next == history.entries.count {
            historyPlace = nil
            text = draft
        } else {
            historyPlace = next
            text = Array(history.entries[next])
        }
        cursor = text.count
        return .redraw
    }

    /// Nil: the key ends the search and means what it always means.
    private mutating func feedSearch(_ key: Key) -> Action? {
        guard var wanted = search else { return nil }
        switch key {
        case .text(let character):
            wanted.append(character)
            search = wanted
            return find(before: foundAt.map { $0 + 1 } ?? history.entries.count)
        case .backspace, .control("h"):
            if !wanted.isEmpty { wanted.removeLast() }
            search = wanted
            return find(before: history.entries.count)
        case .control("r"): return find(before: foundAt ?? history.entries.count)
        case .control("c"), .control("g"), .escape:
            search = nil
            text = draft
            cursor = text.count
            return .redraw
        case .pasteBegin, .pasteEnd: return .redraw
        default:
            search = nil
            historyPlace = foundAt
            return nil
        }
    }

    private mutating func find(before end: Int) -> Action {
        guard let wanted = search, !wanted.isEmpty else { return .redraw }
        let entries = history.entries.prefix(end)
        guard let place = entries.lastIndex(where: { $0.contains(wanted) }) else { return .bell }
        foundAt = place
        text = Array(entries[place])
        cursor = text.count
        return .redraw
    }

    // MARK: Completion

    private mutating func completeWord() -> Action {
        let completion = complete(Array(text[..<cursor]))
        guard let first = completion.words.first else { return .bell }
        let typed = String(text[(cursor - min(completion.length, cursor))..<cursor])
        if completion.words.count == 1 {
            replace(completion.length, by: first + " ")
            return .redraw
        }
        var common = first
        for word in completion.words.dropFirst() {
            common = String(zip(common, word).prefix { $0 == $1 }.map(\.0))
        }
        if common.count > typed.count {
            replace(completion.length, by: common)
            return .redraw
        }
        return .show(completion.words)
    }

    private mutating func replace(_ length: Int, by word: String) {
        delete(cursor - min(length, cursor)..<cursor)
        word.forEach { insert($0) }
    }

    // MARK: Drawing

    /// The part of the line that fits and the column of the cursor in it.
    ///
    /// - Parameter width: columns there are for the text, the cursor's own among them.
    func view(width: Int) -> (text: String, column: Int) {
        let width = max(2, width)
        var start = cursor
        var before = 0
        while start > 0, before + DisplayWidth.of(text[start - 1]) < width {
            start -= 1
            before += DisplayWidth.of(text[start])
        }
        var end = cursor
        var total = before
        while end < text.count, total + DisplayWidth.of(text[end]) < width {
            total += DisplayWidth.of(text[end])
            end += 1
        }
        return (DisplayWidth.visible(String(text[start..<end])), before)
    }
}
