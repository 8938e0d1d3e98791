/// Bytes one after the other: a file, a pipe, what a decompressor makes of either.
package protocol ByteInput: AnyObject {
    /// Fills the front of `target`, which is not empty; returns how many bytes came, 0 at the end and when stopped.
    func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int
}
