import MutstreamColumnar
import MutstreamDataflow

/// What the query around a subquery offers to it: its columns, and those of the queries around it in turn.
///
/// While the subquery is bound, an outer value is stood for by a column number that no relation has. ``Decorrelation``
/// replaces it when the subquery is joined to the query around it.
final class OuterScope {
    /// The column a name means in the query around; nil: it has none of this name.
    private let find: ([Identifier], SourceRange) throws(SQLError) -> (Expression, ScopeColumn)?
    let parent: OuterScope?
    /// What the subquery refers to, by placeholder: expressions over the relation of the query around.
    private(set) var references: [(placeholder: Int, value: Expression)] = []
    private let allocate: () -> Int

    init(
        parent: OuterScope?, allocate: @escaping () -> Int,
        find: @escaping ([Identifier], SourceRange) throws(SQLError) -> (Expression, ScopeColumn)?
    ) {
        self.parent = parent
        self.allocate = allocate
        self.find = find
    }

    /// The columns of a relation, plainly.
    convenience init(_ columns: [ScopeColumn], parent: OuterScope?, allocate: @escaping () -> Int) {
        let scope = Scope(columns: columns)
        self.init(parent: parent, allocate: allocate) { parts, range throws(SQLError) in
            guard let index = try scope.find(parts, range: range) else { return nil }
            return (.column(index, columns[index].type), columns[index])
        }
    }

    /// A stand-in for an outer column, from the nearest query that has one of this name.
    func resolve(_ parts: [Identifier], range: SourceRange) throws(SQLError) -> (Expression, ScopeColumn)? {
        if let (value, column) = try find(parts, range) { return (reference(to: value), column) }
        return try parent?.resolve(parts, range: range)
    }

    /// A stand-in for a value of the query around.
    func reference(to value: Expression) -> Expression {
        if let known = references.first(where: { $0.value == value }) { return .column(known.placeholder, value.type) }
        let placeholder = allocate()
        references.append((placeholder, value))
        return .column(placeholder, value.type)
    }

    /// Those among `columns` that stand for values of this scope.
    func placeholders(among columns: some Sequence<Int>) -> [Int] {
        let known = Set(references.map(\.placeholder))
        return columns.filter { known.contains($0) }
    }

    func value(_ placeholder: Int) -> Expression? { references.first { $0.placeholder == placeholder }?.value }
}
