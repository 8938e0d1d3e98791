import MutstreamColumnar
import MutstreamDataflow

/// An aggregate call whose arguments are still expressions.
struct PendingAggregate: Hashable {
    var function: AggregateFunction
    var arguments: [Expression]
    var isDistinct = false
    var order: [SelectCalls.SortKey] = []
    var filter: Expression?
    var constants: [Value] = []
    var type: DataType
    /// The SENSITIVE column it hands on.
    var sensitive: String?

    /// The call over columns, which `columns` gets where they are not there yet.
    func spec(_ columns: inout InputColumns, _ final: (Expression) -> Expression = { $0 }) -> AggregateSpec {
        AggregateSpec(
            function, columns: arguments.map { columns.position(of: final($0)) }, isDistinct: isDistinct,
            order: order.map {
                SortItem(
                    column: columns.position(of: final($0.value)), descending: $0.descending, nullsFirst: $0.nullsFirst)
            }, filter: filter.map { columns.position(of: final($0)) }, constants: constants, resultType: type)
    }
}

/// A window function whose arguments are still expressions.
struct PendingWindow: Hashable {
    var function: WindowFunction
    var arguments: [Expression]
    var filter: Expression?
    var ignoreNulls: Bool
    var frame: WindowFrameSpec
    var type: DataType
    var isDistinct = false
    var sensitive: String?

    func call(_ columns: inout InputColumns, _ final: (Expression) -> Expression) -> WindowCall {
        let constants = self.constants
        return WindowCall(
            function, columns: arguments.dropLast(constants.count).map { columns.position(of: final($0)) },
            constants: constants,
            filter: filter.map { columns.position(of: final($0)) }, ignoreNulls: ignoreNulls, frame: frame,
            resultType: type, isDistinct: isDistinct)
    }

    /// Literals behind the value: an offset, and what stands where there is no row.
    private var constants: [Value] {
        switch function {
        case .lag, .lead, .nthValue:
            arguments.dropFirst().reversed().prefix { $0.literalValue != nil }.reversed().compactMap(\.literalValue)
        default: []
        }
    }
}

/// Aggregates that show no single value of their argument: their results are free of what they derive from.
private let declassifying: Set<String> = [
    "count", "sum", "avg", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "corr", "covar_pop",
    "covar_samp", "approx_count_distinct", "bool_and", "bool_or", "every", "regr_count", "regr_slope", "regr_intercept",
    "regr_r2", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy",
]

extension Expression {
    /// Computed only for rows that a FILTER lets through: of the others it cannot fail.
    func guarded(by filter: Expression) -> Expression {
        guard mayFail else { return self }
        return Expression(.caseWhen([Branch(when: filter, then: self)], otherwise: nil), type).folded()
    }
}

extension AggregateFunction {
    /// Gives 0 where there is nothing to aggregate; the others give NULL.
    var isZeroOfNothing: Bool { self == .count || self == .approxCountDistinct || self == .regrCount }
}

extension Binder {
    static func isAggregate(_ name: String) -> Bool { AggregateFunction.named(name) != nil }

    static func isValueAggregate(_ name: String) -> Bool { !declassifying.contains(name) }

    /// The function a call means. Literals without a type are taken for the type of another argument, else for the first
    /// of TEXT, DOUBLE and BOOLEAN that fits.
    private static func resolveAggregate(
        _ name: String, _ arguments: [Expression], isStar: Bool, order: DataType?
    ) throws(TypeError) -> AggregateSignature {
        let types = arguments.map(\.type)
        do {
            return try AggregateFunction.resolve(name: name, arguments: types, isStar: isStar, order: order)
        } catch {
            guard arguments.contains(where: \.isUntyped) else { throw error }
            let known = arguments.filter { !$0.isUntyped }.map(\.type)
            for guess in known + [.double, .boolean, .array(.double)] {
                let types = arguments.map { $0.isUntyped ? guess : $0.type }
                if let found = try? AggregateFunction.resolve(name: name, arguments: types, isStar: isStar, order: order) {
                    return found
                }
            }
            throw error
        }
    }

    /// An aggregate call: arguments, DISTINCT, ORDER BY, WITHIN GROUP and FILTER, typed.
    func bindAggregate(
        _ call: FunctionCall, _ expr: Expr, _ binder: ExpressionBinder, _ columns: [ScopeColumn]
    ) throws(SQLError) -> PendingAggregate {
        let name = call.name.name
        for argument in call.arguments + (call.filter.map { [$0] } ?? []) where Binder.holdsAggregate(argument) {
            throw SQLError("an aggregate cannot stand in an aggregate", at: argument.range)
        }
        var arguments: [Expression] = []
        for argument in call.arguments { arguments.append(try binder.untyped(argument)) }
        let read = arguments.reduce(into: Set<Int>()) { $0.formUnion($1.columns) }
        if !read.isEmpty, read.allSatisfy({ !columns.indices.contains($0) }), binder.reachesOutside(read) {
            throw SQLError(
                "\(name) of columns of the query around is an aggregate of that query, which is not supported",
                at: expr.range, hint: "compute it there, in a view or in FROM (…)")
        }
        var order: [SelectCalls.SortKey] = []
        for item in call.orderBy + call.withinGroup {
            order.append(
                SelectCalls.SortKey(
                    value: try binder.bind(item.expression).folded(), descending: item.descending,
                    nullsFirst: item.nullsFirst ?? item.descending))
        }
        let within = call.withinGroup.isEmpty ? nil : order.last
        let signature: AggregateSignature
        do {
            signature = try Binder.resolveAggregate(name, arguments, isStar: call.isStar, order: within?.value.type)
        } catch {
            let range = error.argument.flatMap { call.arguments.indices.contains($0) ? call.arguments[$0].range : nil }
            throw SQLError(error.message, at: range ?? expr.range, hint: error.hint)
        }
        if call.distinct, call.isStar { throw SQLError("DISTINCT needs an argument", at: expr.range) }
        for (index, type) in signature.coercedArgumentTypes.enumerated() where arguments.indices.contains(index) {
            let argument = arguments[index]
            arguments[index] = try binder.typed(call.arguments[index]) { () throws(TypeError) in
                try Typing.coerce(argument, to: type, context: .assignment)
            }.folded()
        }
        var constants: [Value] = []
        for index in signature.constants {
            guard let value = arguments[index].literalValue else {
                throw SQLError("\(name) takes a constant here", at: call.arguments[index].range)
            }
            // The fractions of an array are constants of their own.
            guard signature.coercedArgumentTypes.indices.contains(index),
                signature.coercedArgumentTypes[index].element != nil, !value.isNull
            else {
                constants.append(value)
                continue
            }
            constants += CompositeCodec.elements(value, signature.coercedArgumentTypes[index])
        }
        var values = arguments.indices.filter { !signature.constants.contains($0) }.map { arguments[$0] }
        if signature.function == .stringAgg, let separator = values.last?.literalValue, !separator.isNull {
            constants.append(separator)
            values.removeLast()
        }
        if let within, let type = signature.coercedOrderType {
            guard order.count == 1 else { throw SQLError("WITHIN GROUP takes one expression", at: expr.range) }
            let value = try binder.typed(call.withinGroup[0].expression) { () throws(TypeError) in
                try Typing.coerce(within.value, to: type, context: .implicit)
            }.folded()
            order[0].value = value
            values.insert(value, at: 0)
        }
        // An order that cannot be seen in the result is not kept.
        if within == nil, !signature.function.dependsOnOrder { order = [] }
        if call.distinct, within == nil, order.contains(where: { !values.contains($0.value) }) {
            throw SQLError(
                "in an aggregate with DISTINCT, ORDER BY takes its arguments", at: expr.range)
        }
        do throws(TypeError) {
            try AggregateSpec(
                signature.function, columns: Array(values.indices), constants: constants, resultType: signature.result
            ).checkConstants()
        } catch { throw SQLError(error.message, at: expr.range, hint: error.hint) }
        var filter: Expression?
        if let clause = call.filter { filter = try binder.condition(clause).folded() }
        var sensitive: String?
        if Binder.isValueAggregate(name) {
            sensitive = (values + order.map(\.value)).lazy.compactMap { Binder.sensitive($0, columns) }.first
        }
        if let filter {
            values = values.map { $0.guarded(by: filter) }
            for index in order.indices { order[index].value = order[index].value.guarded(by: filter) }
        }
        return PendingAggregate(
            function: signature.function, arguments: values, isDistinct: call.distinct, order: order, filter: filter,
            constants: constants, type: signature.result, sensitive: sensitive)
    }
}
