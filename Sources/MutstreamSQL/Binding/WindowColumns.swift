import MutstreamColumnar
import MutstreamDataflow

/// A window as one value, `tumble(size) AS w`, whose fields are its start and its end.
///
/// Where a subquery gives one, its start and its end stand behind the visible columns, each as a column of its own: what is
/// known of their times stays known, and `w.start` reads the column.
extension ScopeColumn {
    /// The start or the end of a window that is another column; no name means it.
    var isWindowPart: Bool { isHidden && windowNumber != nil }
}

extension Scope {
    /// The columns with the start and the end of the window that a column is; nil: it is none, or they are not there.
    func windowParts(_ index: Int) -> [Int]? {
        guard columns.indices.contains(index), let number = columns[index].windowNumber, !columns[index].isHidden else {
            return nil
        }
        let parts = columns.indices.filter {
            columns[$0].isWindowPart && columns[$0].windowNumber == number && columns[$0].relation == columns[index].relation
        }
        return parts.count == 2 ? parts : nil
    }

    /// A field of a value, which of a window is a column.
    func field(_ value: Expression, name: String) throws(TypeError) -> Expression {
        if let index = value.columnIndex, let parts = windowParts(index),
            let place = ["start", "end"].firstIndex(of: name)
        {
            return .column(parts[place], columns[parts[place]].type)
        }
        return try Typing.field(value, name: name)
    }

    /// Whether two windows are the same, by their starts and ends; nil: it is not two windows that are compared.
    func sameWindow(_ left: Expression, _ right: Expression) throws(TypeError) -> Expression? {
        guard let first = left.columnIndex.flatMap({ windowParts($0) }),
            let second = right.columnIndex.flatMap({ windowParts($0) })
        else { return nil }
        var equations: [Expression] = []
        for (l, r) in zip(first, second) {
            equations.append(try Typing.binary("=", .column(l, columns[l].type), .column(r, columns[r].type)))
        }
        return Expression.conjunction(equations)
    }
}

extension Binder {
    /// What stands behind the visible columns of a subquery: the starts and ends of windows among them, and of the window
    /// by which its rows were grouped.
    ///
    /// - Parameters:
    ///   - visible: over `source`; the columns of windows among `columns` are marked.
    func windowParts(
        of visible: [Expression], _ columns: inout [ScopeColumn], _ source: Relation, isGrouped: Bool
    ) -> [(Expression, ScopeColumn)] {
        var result: [(Expression, ScopeColumn)] = []
        let add = { (parts: [Int]) -> Int in
            let number = self.newPlaceholder()
            for part in parts {
                var column = source.columns[part]
                (column.relation, column.name, column.isHidden, column.windowNumber) = ("", "", true, number)
                result.append((.column(part, column.type), column))
            }
            return number
        }
        let scope = Scope(columns: source.columns)
        for (index, expression) in visible.enumerated() {
            let parts = expression.columnIndex.flatMap { scope.windowParts($0) } ?? constructedWindow(expression, source)
            if let parts { columns[index].windowNumber = add(parts) }
        }
        guard isGrouped, result.isEmpty else { return result }
        let start = source.columns.firstIndex { $0.window?.isEnd == false }
        let end = source.columns.firstIndex { $0.window?.isEnd == true }
        if let start, let end { _ = add([start, end]) }
        return result
    }

    /// The start and the end of which a window is made; nil: it is none.
    private func constructedWindow(_ expression: Expression, _ source: Relation) -> [Int]? {
        guard let fields = Typing.constructed(expression), fields.count == 2,
            let start = fields[0].columnIndex, let end = fields[1].columnIndex,
            source.columns.indices.contains(start), source.columns.indices.contains(end),
            source.columns[start].window?.isEnd == false, source.columns[end].window?.isEnd == true
        else { return nil }
        return [start, end]
    }
}
