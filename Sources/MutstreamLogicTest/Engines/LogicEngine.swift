import MutstreamEngine
import MutstreamSQL

/// What runs the statements of a file: the engine, or a database that stands beside it as a judge.
package protocol LogicEngine: AnyObject {
    func run(_ sql: String) -> Outcome

    /// Lets views go on in new circuits, from the state of the old ones; what went wrong, if anything did.
    func restart() -> String?
}

extension LogicEngine {
    package func restart() -> String? { nil }
}

package enum Outcome: Sendable {
    case done
    case changed(Int)
    case rows(ResultTable)
    case failed(String)

    var failure: String? { if case .failed(let message) = self { message } else { nil } }
}

/// A session of this engine.
package final class SessionEngine: LogicEngine {
    private let session: Session

    package init(_ session: Session) { self.session = session }

    package func restart() -> String? {
        do { try session.restartViews() } catch { return "\(error)" }
        return nil
    }

    package func run(_ sql: String) -> Outcome {
        do throws(SQLError) {
            switch try session.execute(sql) {
            case .done: return .done
            case .changed(_, let rows): return .changed(rows)
            case .rows(let rows):
                return .rows(
                    ResultTable(
                        fields: rows.fields, batch: rows.batch, isOrdered: rows.isOrdered, problems: rows.problems))
            }
        } catch {
            return .failed(error.message)
        }
    }
}
