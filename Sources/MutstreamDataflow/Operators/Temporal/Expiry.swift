/// What can never change again, and so may be forgotten: groups and partitions of which `column` plus `distance` is a time
/// that the watermark has reached. What has left stays as it is.
package struct Expiry: Sendable, Hashable {
    /// A column of the input that all rows of a group or partition have in common.
    package var column: Int
    /// From the column to the end of the window, in microseconds.
    package var distance: Int64

    package init(column: Int, distance: Int64) {
        self.column = column
        self.distance = distance
    }
}
