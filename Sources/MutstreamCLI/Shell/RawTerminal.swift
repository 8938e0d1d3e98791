import MutstreamConnectors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The terminal on standard input and output, read key by key while a line is written.
final class RawTerminal {
    private var saved = termios()
    private var waiting: [UInt8] = []
    private var decoder = KeyDecoder()

    /// Nil: standard input or output is no terminal, or one that cannot move its cursor.
    init?() {
        guard isatty(0) == 1, isatty(1) == 1, tcgetattr(0, &saved) == 0,
            getenv("TERM").map({ String(cString: $0) }) != "dumb"
        else { return nil }
    }

    static var columns: Int {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// One line; nil: the input has ended. An empty text after Ctrl-C sets `isCancelled`.
    func readLine(_ prompt: String, _ editor: inout LineEditor, isCancelled: inout Bool) -> String? {
        begin()
        defer { end() }
        isCancelled = false
        draw(prompt, editor)
        while let key = nextKey() {
            switch editor.feed(key) {
            case .redraw: break
            case .submit(let line):
                write("\r\n")
                return line
            case .cancel:
                write("^C\r\n")
                isCancelled = true
                return ""
            case .endOfInput:
                write("\r\n")
                return nil
            case .clearScreen: write("\u{1B}[H\u{1B}[2J")
            case .show(let words): show(words)
            case .bell: write("\u{07}")
            }
            // Pasted text is drawn once.
            if waiting.isEmpty { draw(prompt, editor) }
        }
        write("\r\n")
        return nil
    }

    private func begin() {
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(IXON | ICRNL | INPCK | ISTRIP)
        tcsetattr(0, TCSADRAIN, &raw)
        write("\u{1B}[?2004h")
    }

    private func end() {
        write("\u{1B}[?2004l")
        tcsetattr(0, TCSADRAIN, &saved)
    }

    private func nextKey() -> Key? {
        while true {
            while !waiting.isEmpty {
                if let key = decoder.feed(waiting.removeFirst()) { return key }
            }
            if decoder.isPending {
                // What follows an Escape of a sequence comes at once.
                var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
                if poll(&descriptor, 1, 50) == 0 {
                    if let key = decoder.timeOut() { return key }
                    continue
                }
            }
            var block = [UInt8](repeating: 0, count: 4_096)
            let count = read(0, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            waiting += block[..<count]
        }
    }

    private func draw(_ prompt: String, _ editor: LineEditor) {
        let shown = editor.search.map { "(search)`\(DisplayWidth.visible($0))': " } ?? prompt
        let width = DisplayWidth.of(shown)
        let view = editor.view(width: RawTerminal.columns - width)
        let right = width + view.column
        write("\r\u{1B}[K" + shown + view.text + "\r" + (right > 0 ? "\u{1B}[\(right)C" : ""))
    }

    private func show(_ words: [String]) {
        let width = (words.map(DisplayWidth.of).max() ?? 0) + 2
        let columns = max(1, RawTerminal.columns / width)
        var text = "\r\n"
        for (index, word) in words.prefix(200).enumerated() {
            text += word + String(repeating: " ", count: width - DisplayWidth.of(word))
            if index % columns == columns - 1 { text += "\r\n" }
        }
        write(text + (words.count > 200 ? "…" : "") + "\r\n")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = System.writeAll(1, UnsafeRawBufferPointer($0)) }
    }
}
