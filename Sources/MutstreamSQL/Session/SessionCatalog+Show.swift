import MutstreamColumnar
import MutstreamDataflow

/// SHOW, DESCRIBE and `\d`.
extension SessionCatalog {
    /// What is declared, in the order of declaration; all, or what bears a name.
    package func objects(named name: String? = nil) -> [Object] {
        binder.names.compactMap { declared -> Object? in
            if let name, declared.lowercased() != name.lowercased() { return nil }
            return object(declared)
        }
    }

    private func object(_ name: String) -> Object? {
        switch binder.entry(Identifier(name, range: SourceRange(0, 0))) {
        case .source(let index):
            let source = binder.plan.sources[index]
            let key = source.primaryKey.map { source.columns[$0].name }.joined(separator: ", ")
            return Object(
                name: source.name, kind: source.isTable ? "table" : "source", fields: source.fields,
                detail: key.isEmpty ? "" : "primary key (\(key))")
        case .view(let relation):
            let kind = binder.isMaterialized(name) ? "materialized view" : "view"
            return Object(name: name, kind: kind, fields: relation.columns.map { Field($0.name, $0.type) }, detail: "")
        case .model(let index):
            return Object(name: name, kind: "model", fields: binder.plan.models[index].inputs, detail: "")
        case .sink(let relation):
            return Object(name: name, kind: "sink", fields: relation.columns.map { Field($0.name, $0.type) }, detail: "")
        case nil: return nil
        }
    }

    func show(_ show: ShowStatement) throws(SQLError) -> Prepared {
        let kinds: [String]
        switch show.what {
        case .tables: kinds = ["table"]
        case .sources: kinds = ["source"]
        case .views: kinds = ["view"]
        case .materializedViews: kinds = ["materialized view"]
        case .sinks: kinds = ["sink"]
        case .models: kinds = ["model"]
        case .functions:
            let functions = binder.functionNames.map { [$0 as String?] }
            return .rows([Field("name", .text)], functions)
        case .columns(let name): return try columns(name)
        case .create(let name):
            _ = try binder.relation(name)
            let text: String? = statements[name.parts[name.parts.count - 1].name.lowercased()].map { sql($0) }
            return .rows([Field("statement", .text)], [[text]])
        case .all, .setting: return .rows([Field("name", .text), Field("setting", .text)], [])
        }
        let found = objects().filter { kinds.contains($0.kind) }
        return .rows([Field("name", .text)], found.map { [$0.name] })
    }

    func columns(_ name: ObjectName) throws(SQLError) -> Prepared {
        let relation = try binder.relation(name)
        let rows = relation.columns.filter { !$0.isHidden }.map { [$0.name as String?, $0.type.name] }
        return .rows([Field("column", .text), Field("type", .text)], rows)
    }
}
