/// A half-open range of byte offsets into the UTF-8 text of a SQL file.
///
/// Line and column are computed only when an error is printed (``SourceText/position(of:)``).
package struct SourceRange: Sendable, Hashable {
    package var start: Int
    package var end: Int

    package init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    /// The smallest range that holds both.
    package func union(_ other: SourceRange) -> SourceRange {
        SourceRange(min(start, other.start), max(end, other.end))
    }
}
