import MutstreamColumnar

/// A function that may stand before OVER.
package enum WindowFunction: String, Sendable, Hashable, CaseIterable {
    case rowNumber = "row_number"
    case rank
    case denseRank = "dense_rank"
    case percentRank = "percent_rank"
    case cumeDist = "cume_dist"
    case ntile
    case lag, lead
    case firstValue = "first_value"
    case lastValue = "last_value"
    case nthValue = "nth_value"
    case count, sum, avg, min, max
    case boolAnd = "bool_and"
    case boolOr = "bool_or"
    case bitAnd = "bit_and"
    case bitOr = "bit_or"
    case bitXor = "bit_xor"
    case stringAgg = "string_agg"
    case arrayAgg = "array_agg"
    case stddevSamp = "stddev_samp"
    case stddevPop = "stddev_pop"
    case varSamp = "var_samp"
    case varPop = "var_pop"
    case corr
    case covarSamp = "covar_samp"
    case covarPop = "covar_pop"
    case regrAvgx = "regr_avgx"
    case regrAvgy = "regr_avgy"
    case regrCount = "regr_count"
    case regrIntercept = "regr_intercept"
    case regrR2 = "regr_r2"
    case regrSlope = "regr_slope"
    case regrSxx = "regr_sxx"
    case regrSxy = "regr_sxy"
    case regrSyy = "regr_syy"

    /// Whether it sums up the rows of its frame and takes a FILTER.
    package var isAggregate: Bool {
        switch self {
        case .rowNumber, .rank, .denseRank, .percentRank, .cumeDist, .ntile, .lag, .lead, .firstValue, .lastValue, .nthValue:
            false
        default: true
        }
    }

    /// Whether IGNORE NULLS may follow it.
    package var takesNullTreatment: Bool {
        switch self {
        case .lag, .lead, .firstValue, .lastValue, .nthValue: true
        default: false
        }
    }

    /// Whether its result depends on the frame.
    package var usesFrame: Bool {
        switch self {
        case .firstValue, .lastValue, .nthValue: true
        default: isAggregate
        }
    }

    /// The function of a name in any case, or nil where there is none.
    package static func named(_ name: String) -> WindowFunction? {
        let lower = name.lowercased()
        switch lower {
        case "every": return .boolAnd
        case "stddev": return .stddevSamp
        case "variance": return .varSamp
        default: return WindowFunction(rawValue: lower)
        }
    }

    /// The function of a name (in any case), the types its arguments are converted to, and the type of its result.
    ///
    /// ```
    /// row_number rank dense_rank ()      BIGINT          percent_rank cume_dist ()        DOUBLE
    /// ntile(INT or BIGINT)               INT             lag lead(T [, INT or BIGINT [, T]])   T
    /// first_value last_value(T)          T               nth_value(T, INT or BIGINT)      T
    /// count() is count(*)                BIGINT          the other aggregates             as AggregateFunction says
    /// ```
    ///
    /// - Throws: an unknown name, a wrong number of arguments or one of a wrong type.
    package static func resolve(
        name: String, arguments: [DataType]
    ) throws(TypeError) -> (function: WindowFunction, arguments: [DataType], result: DataType) {
        guard let function = named(name) else {
            throw TypeError(
                "there is no window function \"\(name)\"",
                hint: AggregateFunction.named(name) == nil
                    ? "known are \(allCases.map(\.rawValue).joined(separator: ", "))"
                    : "\(name) is an aggregate function, which cannot be used with OVER")
        }
        if function.isAggregate {
            let isStar = function == .count && arguments.isEmpty
            let signature = try AggregateFunction.resolve(name: name, arguments: arguments, isStar: isStar)
            return (function, signature.coercedArgumentTypes, signature.result)
        }
        let (least, most) = function.argumentCounts
        guard arguments.count >= least, arguments.count <= most else {
            let expected = least == most ? "\(least)" : "\(least) to \(most)"
            throw TypeError("\(name) takes \(expected) argument\(most == 1 ? "" : "s"), found \(arguments.count)")
        }
        let (types, result) = try function.signature(arguments)
        return (function, types, result)
    }

    private var argumentCounts: (Int, Int) {
        switch self {
        case .rowNumber, .rank, .denseRank, .percentRank, .cumeDist: (0, 0)
        case .lag, .lead: (1, 3)
        case .nthValue: (2, 2)
        default: (1, 1)
        }
    }

    private func signature(_ arguments: [DataType]) throws(TypeError) -> ([DataType], DataType) {
        switch self {
        case .percentRank, .cumeDist: return ([], .double)
        case .ntile: return ([try integer(arguments, 0)], .int)
        case .firstValue, .lastValue: return (arguments, arguments[0])
        case .nthValue: return ([arguments[0], try integer(arguments, 1)], arguments[0])
        case .lag, .lead: return try shift(arguments)
        default: return ([], .bigint)
        }
    }

    private func shift(_ arguments: [DataType]) throws(TypeError) -> ([DataType], DataType) {
        var types = [arguments[0]]
        if arguments.count > 1 { types.append(try integer(arguments, 1)) }
        guard arguments.count > 2 else { return (types, arguments[0]) }
        // The value and its default have one type.
        guard let common = Conversion.commonType(arguments[0], arguments[2]) else {
            throw unfit(arguments, 2, arguments[0].name)
        }
        types[0] = common
        return (types + [common], common)
    }

    /// An INT or BIGINT as it is.
    private func integer(_ arguments: [DataType], _ index: Int) throws(TypeError) -> DataType {
        let type = arguments[index]
        guard type.isNumeric, type.physical == .int64 else { throw unfit(arguments, index, "INT") }
        return type
    }

    private func unfit(_ arguments: [DataType], _ index: Int, _ expected: String) -> TypeError {
        TypeError("\(rawValue) needs \(expected), found \(arguments[index].name)", argument: index)
    }
}
