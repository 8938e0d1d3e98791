import MutstreamColumnar
import MutstreamDataflow

/// Tables that INSERT INTO fills: sinks, and names of streams.
extension Binder {
    /// The rows of all queries in the columns of the table, by position and cast as INSERT INTO does.
    func filled(_ filling: Filling, _ name: ObjectName) throws(SQLError) -> Relation {
        var columns: [ScopeColumn] = []
        for column in filling.columns {
            columns.append(
                ScopeColumn(
                    relation: "", name: column.name.name, type: try TypeResolver.resolve(column.type),
                    sensitive: column.sensitive ? "\(name.text).\(column.name.name)" : nil, window: nil))
        }
        var sides: [Relation] = []
        for part in filling.parts {
            let rows = try bindQuery(part.query, owner: name.text, emit: nil)
            if filling.columns.isEmpty, sides.isEmpty {
                if let column = part.named.first {
                    throw SQLError(
                        "\"\(name.text)\" is declared without columns", at: column.range,
                        hint: "leave out the list: it takes the columns of what is inserted")
                }
                columns = rows.columns.map {
                    ScopeColumn(relation: "", name: $0.name, type: $0.type, sensitive: $0.sensitive, window: $0.window)
                }
                sides.append(Relation(node: rows.node, columns: columns))
                continue
            }
            sides.append(try assigned(rows, to: columns, part, name))
        }
        guard var result = sides.first else { return Relation(node: singleRow().node, columns: []) }
        for side in sides.dropFirst() {
            for (index, column) in side.columns.enumerated() {
                result.columns[index].sensitive = result.columns[index].sensitive ?? column.sensitive
                if result.columns[index].window != column.window { result.columns[index].window = nil }
            }
        }
        if sides.count > 1 { result.node = add(.union(sides.map(\.node)), result.columns, owner: name.text) }
        return result
    }

    private func assigned(
        _ rows: Relation, to table: [ScopeColumn], _ part: Filling.Part, _ name: ObjectName
    ) throws(SQLError) -> Relation {
        var places: [Int] = Array(table.indices)
        if !part.named.isEmpty {
            places = []
            for named in part.named {
                guard let place = table.firstIndex(where: { $0.name == named.name }) else {
                    throw SQLError(
                        "unknown column \"\(named.name)\" of \"\(name.text)\"", at: named.range,
                        hint: "its columns: \(table.map(\.name).joined(separator: ", "))")
                }
                if places.contains(place) { throw SQLError("column \"\(named.name)\" is given twice", at: named.range) }
                places.append(place)
            }
        }
        guard rows.columns.count == places.count else {
            throw SQLError(
                "found \(rows.columns.count) columns to insert, expected \(places.count) of \"\(name.text)\"",
                at: part.query.range, hint: "in order: \(places.map { table[$0].name }.joined(separator: ", "))")
        }
        var columns = table
        for index in columns.indices { columns[index].window = nil }
        var expressions = table.map { Expression.null($0.type) }
        for (position, place) in places.enumerated() {
            let column = rows.columns[position]
            columns[place].sensitive = columns[place].sensitive ?? column.sensitive
            columns[place].window = column.window
            do {
                let value = untypedLiteral(rows.node, position) ?? .column(position, column.type)
                expressions[place] = try Typing.coerce(value, to: table[place].type, context: .assignment).folded()
            } catch {
                throw SQLError(
                    "column \(position + 1), for \"\(table[place].name)\": \(error.message)",
                    at: part.query.range(ofColumn: position, of: places.count),
                    hint: error.hint == nil ? nil : "CAST it to \(table[place].type.name)")
            }
        }
        return Relation(node: add(.project(rows.node, expressions), columns, owner: name.text), columns: columns)
    }
}
