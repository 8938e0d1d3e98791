import MutstreamColumnar

/// An aggregate function of SQL, under its name.
package enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
    case count, sum, avg, min, max
    case boolAnd = "bool_and"
    case boolOr = "bool_or"
    case bitAnd = "bit_and"
    case bitOr = "bit_or"
    case bitXor = "bit_xor"
    case stringAgg = "string_agg"
    case arrayAgg = "array_agg"
    case jsonAgg = "json_agg"
    case jsonbAgg = "jsonb_agg"
    case jsonObjectAgg = "json_object_agg"
    case jsonbObjectAgg = "jsonb_object_agg"
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
    case mode
    case percentileCont = "percentile_cont"
    case percentileDisc = "percentile_disc"
    case approxCountDistinct = "approx_count_distinct"
    case approxPercentile = "approx_percentile"
    case firstValue = "first_value"
    case lastValue = "last_value"
    case argMin = "arg_min"
    case argMax = "arg_max"
    case anyValue = "any_value"
    /// The value of the only row; of several, the one that arrived first.
    case singleValue = "single_value"

    /// Other names of the same functions.
    static let synonyms: [String: AggregateFunction] = [
        "every": .boolAnd, "some": .boolOr, "var": .varSamp, "stddev": .stddevSamp, "variance": .varSamp,
        "first": .firstValue, "last": .lastValue,
        "min_by": .argMin, "max_by": .argMax, "approx_distinct": .approxCountDistinct,
    ]

    /// The function of a name in any case, or nil where there is none.
    package static func named(_ name: String) -> AggregateFunction? {
        let lower = name.lowercased()
        return AggregateFunction(rawValue: lower) ?? synonyms[lower]
    }

    /// Whether the call has the form `function(…) WITHIN GROUP (ORDER BY x)`; ``approxPercentile`` has both forms.
    package var takesWithinGroup: Bool {
        switch self {
        case .mode, .percentileCont, .percentileDisc, .approxPercentile: true
        default: false
        }
    }

    /// Whether ORDER BY inside the call can change the result.
    package var dependsOnOrder: Bool {
        switch self {
        case .stringAgg, .arrayAgg, .jsonAgg, .jsonbAgg, .jsonObjectAgg, .jsonbObjectAgg, .firstValue, .lastValue, .anyValue,
            .singleValue:
            true
        default: false
        }
    }

    /// The type of `name(argument)`, or nil where there is no such function; `argument` nil is `name(*)`.
    package static func resultType(name: String, argument: DataType?) -> DataType? {
        try? resolve(name: name, arguments: argument.map { [$0] } ?? [], isStar: argument == nil).result
    }
}

/// How a call is to be bound.
package struct AggregateSignature: Sendable, Hashable {
    package var function: AggregateFunction
    /// What each argument between the parentheses is converted to.
    package var coercedArgumentTypes: [DataType]
    /// What the expression of WITHIN GROUP is converted to; nil where there is none.
    package var coercedOrderType: DataType?
    /// The arguments that must be constant and go to ``AggregateSpec/constants``. The others go to
    /// ``AggregateSpec/columns``, after the expression of WITHIN GROUP.
    package var constants: Range<Int>
    /// Of ARRAY[…] fractions all elements become constants.
    package var result: DataType

    init(
        _ function: AggregateFunction, _ arguments: [DataType], order: DataType? = nil, constants: Range<Int> = 0..<0,
        _ result: DataType
    ) {
        self.function = function
        coercedArgumentTypes = arguments
        coercedOrderType = order
        self.constants = constants
        self.result = result
    }
}
