/// What the HTTP API may ask of a running pipeline, from any thread.
package protocol PipelineFace: AnyObject, Sendable {
    /// Nil: well; else why not.
    var unhealthy: String? { get }
    /// Why sources are paused; nil: they are not.
    var paused: String? { get }
    /// Prometheus text exposition.
    func metrics() -> [UInt8]
    /// Names of the materialized views, sorted.
    var viewNames: [String] { get }
    /// The current content of a materialized view between two steps. `completion` is called once, on the engine's thread.
    func readView(_ name: String, completion: @escaping @Sendable (ViewContent?) -> Void)
}

/// A materialized view as it is after a step.
package struct ViewContent: Sendable {
    package var step: Int64
    /// One JSON object a row, in UTF-8.
    package var rows: [[UInt8]]

    package init(step: Int64, rows: [[UInt8]]) {
        self.step = step
        self.rows = rows
    }
}
