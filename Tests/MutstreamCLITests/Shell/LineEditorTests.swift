import Testing

@testable import MutstreamCLI

@Suite struct LineEditorTests {
    /// Feeds bytes as a terminal sends them; the actions that are no redrawing.
    private func type(_ bytes: String, _ editor: inout LineEditor) -> [LineEditor.Action] {
        var decoder = KeyDecoder()
        var actions: [LineEditor.Action] = []
        for byte in bytes.utf8 {
            guard let key = decoder.feed(byte) else { continue }
            let action = editor.feed(key)
            if action != .redraw { actions.append(action) }
        }
        if let key = decoder.timeOut() { _ = editor.feed(key) }
        return actions
    }

    private func editor(_ entries: [String] = []) -> LineEditor {
        var history = History(path: nil)
        for entry in entries { history.add(entry) }
        return LineEditor(history: history)
    }

    @Test(arguments: [
        ("SELECT 1;\r", "SELECT 1;"),
        ("ac\u{1B}[Db\r", "abc"),
        ("bc\u{1B}[Ha\u{1B}[Fd\r", "abcd"),
        ("bc\u{01}a\u{05}d\r", "abcd"),
        ("abcd\u{1B}[D\u{1B}[D\u{0B}\r", "ab"),
        ("abcd\u{02}\u{02}\u{15}\r", "cd"),
        ("one two  \u{17}x\r", "one x"),
        ("one two\u{17}\u{01}\u{19} \r", "two one "),
        ("abx\u{7F}c\r", "abc"),
        ("abxc\u{1B}[D\u{1B}[D\u{1B}[3~\r", "abc"),
        ("ba\u{14}\r", "ab"),
        ("one two\u{1B}b\u{1B}bX\r", "Xone two"),
        ("one two\u{1B}[1;5D\u{1B}d!\r", "one !"),
        ("naïve ☃\u{7F}🎉\r", "naïve 🎉"),
        ("e\u{0301}x\u{1B}[D\u{1B}[D>\r", ">e\u{0301}x"),
        ("\u{1B}[200~a\tb\u{1B}[201~\r", "a b"),
        ("a\u{1B}[99~\u{1B}OCb\u{1B}[1;9Zc\r", "abc"),
    ])
    func `keys edit the line`(bytes: String, expected: String) {
        var editor = editor()
        #expect(type(bytes, &editor) == [.submit(expected)])
        #expect(editor.text.isEmpty && editor.cursor == 0)
    }

    @Test func `control C drops, control D leaves an empty line alone`() {
        var editor = editor()
        #expect(type("abc\u{03}", &editor) == [.cancel])
        #expect(editor.text.isEmpty)
        #expect(type("ab\u{01}\u{04}\r", &editor) == [.submit("b")])
        #expect(type("\u{04}", &editor) == [.endOfInput])
    }

    @Test func `arrows go through the history and back to the draft`() {
        var editor = editor(["first", "second"])
        #expect(type("draft\u{1B}[A\u{1B}[A\u{1B}[A", &editor) == [.bell])
        #expect(String(editor.text) == "first")
        #expect(type("\u{1B}[B\u{1B}[B", &editor).isEmpty)
        #expect(String(editor.text) == "draft")
        #expect(type("\u{10}!\r", &editor) == [.submit("second!")])
    }

    @Test func `control R searches backwards`() {
        var editor = editor(["SELECT a", "INSERT b", "SELECT c"])
        #expect(type("\u{12}SEL", &editor).isEmpty)
        #expect(editor.search == "SEL" && String(editor.text) == "SELECT c")
        #expect(type("\u{12}", &editor).isEmpty)
        #expect(String(editor.text) == "SELECT a")
        #expect(type("\u{12}", &editor) == [.bell])
        #expect(type("\u{05};\r", &editor) == [.submit("SELECT a;")])
        #expect(type("x\u{12}INS\u{07}\r", &editor) == [.submit("x")])
        #expect(type("x\u{12}INS\u{1B}", &editor).isEmpty)
        #expect(editor.search == nil && String(editor.text) == "x")
    }

    @Test func `tab completes as far as the words agree, then shows them`() {
        var editor = editor()
        editor.complete = { before in
            let words = ["orders", "order_items", "customers"].filter { $0.hasPrefix(String(before)) }
            return LineEditor.Completion(length: before.count, words: words)
        }
        #expect(type("or\t", &editor).isEmpty)
        #expect(String(editor.text) == "order")
        #expect(type("\t", &editor) == [.show(["orders", "order_items"])])
        #expect(type("s\tx\r", &editor) == [.submit("orders x")])
        #expect(type("z\t", &editor) == [.bell])
    }

    @Test func `a long line is shown round its cursor`() {
        var editor = editor()
        _ = type("0123456789", &editor)
        #expect(editor.view(width: 5) == ("6789", 4))
        _ = type("\u{01}", &editor)
        #expect(editor.view(width: 5) == ("0123", 0))
        #expect(editor.view(width: 40) == ("0123456789", 0))
        _ = type("\u{15}\u{0B}漢字a", &editor)
        #expect(editor.view(width: 5) == ("字a", 3))
    }

    @Test func `any bytes leave a line that can be shown`() {
        var state: UInt64 = 20_260_101
        var editor = editor(["SELECT 1", "a\u{1F468}\u{200D}\u{1F469}b"])
        var decoder = KeyDecoder()
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if let key = decoder.feed(UInt8(truncatingIfNeeded: state >> 33)) { _ = editor.feed(key) }
            #expect(editor.cursor >= 0 && editor.cursor <= editor.text.count)
            if state >> 60 == 0 { _ = editor.view(width: Int(state >> 40 & 63)) }
        }
    }
}
