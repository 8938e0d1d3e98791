import MutstreamColumnar

extension AggregateFunction {
    /// The function of a name (in any case), the types its arguments are converted to, and the type of its result.
    ///
    /// ```
    /// count(anything)          BIGINT              sum(SMALLINT or INT) BIGINT
    /// sum(BIGINT)              DECIMAL(38,0)       sum(DECIMAL(p,s))    DECIMAL(38,s)
    /// avg(integer)             DECIMAL(38,16)      avg(DECIMAL(p,s))    DECIMAL(38,max(s,16))
    /// sum(REAL)                REAL                sum, avg(INTERVAL)   INTERVAL
    /// sum, avg(DOUBLE)         DOUBLE              avg(REAL)            DOUBLE
    /// stddev, var(REAL/DOUBLE) DOUBLE              stddev, var(exact)   DECIMAL(38,max(s,16))
    /// corr, covar, regr        DOUBLE              regr_count           BIGINT
    /// percentile_cont(number)  DOUBLE              percentile_disc(T)   T
    /// min, max, mode(T)        T                   arg_min(T, key)      T
    /// array_agg(T)             T[]                 string_agg           TEXT or BYTES
    /// json_agg, _object_agg    JSON                percentile_*(DOUBLE[])  array of what a fraction gives
    /// ```
    ///
    /// - Parameters:
    ///   - arguments: of what is between the parentheses.
    ///   - isStar: whether that is `*`.
    ///   - order: the type of the expression of WITHIN GROUP; nil: there is none.
    /// - Throws: an unknown name, a wrong number of arguments or one of a wrong type.
    package static func resolve(
        name: String, arguments: [DataType], isStar: Bool = false, order: DataType? = nil
    ) throws(TypeError) -> AggregateSignature {
        guard let function = named(name) else {
            throw TypeError(
                "there is no aggregate function \"\(name)\"", hint: "known are \(names.map(\.name).joined(separator: ", "))")
        }
        if isStar {
            guard function == .count, arguments.isEmpty else {
                throw TypeError("found \(name)(*), expected \(name)(expression)", hint: "only count takes *")
            }
            return AggregateSignature(.count, [], .bigint)
        }
        if order != nil, !function.takesWithinGroup {
            throw TypeError("\(name) takes no WITHIN GROUP", hint: "write \(name)(… ORDER BY …)")
        }
        if order == nil, function.takesWithinGroup, function != .approxPercentile {
            throw TypeError(
                "\(name) needs WITHIN GROUP",
                hint: "write \(function == .mode ? "mode()" : "\(name)(0.5)") WITHIN GROUP (ORDER BY expression)")
        }
        let (least, most) = function.argumentCounts(isOrdered: order != nil)
        guard arguments.count >= least, arguments.count <= most else {
            let expected = least == most ? "\(least)" : "\(least) or \(most)"
            throw TypeError("\(name) takes \(expected) argument\(most == 1 ? "" : "s"), found \(arguments.count)")
        }
        if let order { return try function.orderedSet(arguments, order) }
        return try function.plain(arguments)
    }

    private func argumentCounts(isOrdered: Bool) -> (Int, Int) {
        switch self {
        case .mode: (0, 0)
        case .stringAgg, .jsonObjectAgg, .jsonbObjectAgg, .argMin, .argMax, .corr, .covarSamp, .covarPop, .regrAvgx,
            .regrAvgy, .regrCount, .regrIntercept, .regrR2, .regrSlope, .regrSxx, .regrSxy, .regrSyy:
            (2, 2)
        case .approxCountDistinct: (1, 2)
        case .approxPercentile: isOrdered ? (1, 2) : (2, 3)
        default: (1, 1)
        }
    }

    private func plain(_ arguments: [DataType]) throws(TypeError) -> AggregateSignature {
        let type = arguments[0]
        switch self {
        case .count: return AggregateSignature(self, arguments, .bigint)
        case .min, .max:
            if !type.isOrdered { throw unfit(arguments, 0, "a type with an order") }
            return AggregateSignature(self, arguments, type)
        case .anyValue, .singleValue, .firstValue, .lastValue: return AggregateSignature(self, arguments, type)
        case .argMin, .argMax:
            if !arguments[1].isOrdered { throw unfit(arguments, 1, "a type with an order") }
            return AggregateSignature(self, arguments, type)
        case .sum: return AggregateSignature(self, arguments, try sumType(type))
        case .avg: return AggregateSignature(self, arguments, try averageType(type))
        case .boolAnd, .boolOr:
            guard type == .boolean else { throw unfit(arguments, 0, "BOOLEAN") }
            return AggregateSignature(self, arguments, .boolean)
        case .bitAnd, .bitOr, .bitXor:
            guard type.isInteger else { throw unfit(arguments, 0, "SMALLINT, INT or BIGINT") }
            return AggregateSignature(self, arguments, type)
        case .stringAgg:
            guard type == .text || type == .bytes else { throw unfit(arguments, 0, "TEXT or BYTES") }
            if arguments[1] != type { throw unfit(arguments, 1, type.name) }
            return AggregateSignature(self, arguments, type)
        case .arrayAgg:
            guard type.depth < DataType.maxDepth else {
                throw TypeError("array_agg of \(DataType.maxDepth) types within each other is too deep", argument: 0)
            }
            return AggregateSignature(self, arguments, .array(type))
        case .jsonAgg, .jsonbAgg: return AggregateSignature(self, arguments, .json)
        case .jsonObjectAgg, .jsonbObjectAgg:
            if type.isComposite || type == .json { throw unfit(arguments, 0, "a plain value as key") }
            return AggregateSignature(self, arguments, .json)
        case .stddevSamp, .stddevPop, .varSamp, .varPop:
            guard type.isNumeric else { throw unfit(arguments, 0, "a number") }
            let exact = DataType.decimal(precision: 38, scale: Swift.max(type.scale, 16))
            return AggregateSignature(self, arguments, type.isFloat ? .double : exact)
        case .corr, .covarSamp, .covarPop, .regrAvgx, .regrAvgy, .regrCount, .regrIntercept, .regrR2, .regrSlope, .regrSxx,
            .regrSxy, .regrSyy:
            for index in 0...1 where !arguments[index].isNumeric { throw unfit(arguments, index, "a number") }
            return AggregateSignature(self, [.double, .double], self == .regrCount ? .bigint : .double)
        case .approxCountDistinct:
            if arguments.count == 2, !arguments[1].isInteger { throw unfit(arguments, 1, "INT") }
            return AggregateSignature(self, arguments, constants: 1..<arguments.count, .bigint)
        case .approxPercentile:
            for index in arguments.indices where !arguments[index].isNumeric { throw unfit(arguments, index, "a number") }
            return AggregateSignature(
                self, arguments.map { _ in .double }, constants: 1..<arguments.count, .double)
        case .mode, .percentileCont, .percentileDisc: throw TypeError("\(rawValue) needs WITHIN GROUP")
        }
    }

    private func orderedSet(_ arguments: [DataType], _ order: DataType) throws(TypeError) -> AggregateSignature {
        if !order.isOrdered {
            throw TypeError("\(rawValue) needs a type with an order in WITHIN GROUP, found \(order.name)")
        }
        if self == .mode { return AggregateSignature(self, [], order: order, order) }
        let isList = self != .approxPercentile && arguments[0].element?.isNumeric == true
        for index in arguments.indices where !arguments[index].isNumeric && !(isList && index == 0) {
            throw unfit(arguments, index, self == .approxPercentile ? "a number" : "a number or an array of numbers")
        }
        let value: DataType
        switch self {
        case .percentileDisc: value = order
        case .percentileCont where order == .interval: value = order
        default:
            guard order.isNumeric else {
                throw TypeError(
                    "\(rawValue) needs a number in WITHIN GROUP, found \(order.name)",
                    hint: "percentile_disc takes any type")
            }
            value = .double
        }
        if isList, value.depth >= DataType.maxDepth { throw TypeError("\(rawValue) of an array this deep is too deep") }
        return AggregateSignature(
            self, isList ? [.array(.double)] : arguments.map { _ in .double }, order: value, constants: arguments.indices,
            isList ? .array(value) : value)
    }

    private func sumType(_ type: DataType) throws(TypeError) -> DataType {
        switch type {
        case .smallint, .int: return .bigint
        case .bigint: return .decimal(precision: 38, scale: 0)
        case .decimal(_, let scale): return .decimal(precision: 38, scale: scale)
        case .real, .double, .interval: return type
        default: throw unfit([type], 0, "a number or an INTERVAL")
        }
    }

    private func averageType(_ type: DataType) throws(TypeError) -> DataType {
        switch type {
        case .smallint, .int, .bigint: return .decimal(precision: 38, scale: 16)
        case .decimal(_, let scale): return .decimal(precision: 38, scale: Swift.max(scale, 16))
        case .real, .double: return .double
        case .interval: return type
        default: throw unfit([type], 0, "a number or an INTERVAL")
        }
    }

    private func unfit(_ arguments: [DataType], _ index: Int, _ expected: String) -> TypeError {
        TypeError("\(rawValue) needs \(expected), found \(arguments[index].name)", argument: index)
    }

    /// All functions, for documentation.
    package static let names: [CatalogEntry] = [
        entry("count", "count(*) → BIGINT; count(ANY) → BIGINT", "The rows, or those where the value is not NULL."),
        entry("sum", "sum(number | INTERVAL) → number | INTERVAL", "The sum of the values."),
        entry("avg", "avg(number | INTERVAL) → number | INTERVAL", "The arithmetic mean of the values."),
        entry("min", "min(ANY) → ANY", "The least value."),
        entry("max", "max(ANY) → ANY", "The greatest value."),
        entry("bool_and", "bool_and(BOOLEAN) → BOOLEAN", "Whether all values are true."),
        entry("bool_or", "bool_or(BOOLEAN) → BOOLEAN", "Whether any value is true."),
        entry("every", "every(BOOLEAN) → BOOLEAN", "Whether all values are true."),
        entry("bit_and", "bit_and(integer) → integer", "The bits that are set in all values."),
        entry("bit_or", "bit_or(integer) → integer", "The bits that are set in any value."),
        entry("bit_xor", "bit_xor(integer) → integer", "The bits that are set in an odd number of values."),
        entry(
            "string_agg", "string_agg(TEXT | BYTES, separator [ORDER BY …]) → TEXT | BYTES",
            "The texts, joined by a separator."),
        entry("array_agg", "array_agg(ANY [ORDER BY …]) → ANY[]", "The values, with NULLs, as an array."),
        entry("json_agg", "json_agg(ANY [ORDER BY …]) → JSON", "The values, with NULLs, as a JSON array."),
        entry("jsonb_agg", "jsonb_agg(ANY [ORDER BY …]) → JSON", "The values, with NULLs, as a JSON array."),
        entry("json_object_agg", "json_object_agg(ANY, ANY [ORDER BY …]) → JSON", "Keys and values as a JSON object."),
        entry(
            "jsonb_object_agg", "jsonb_object_agg(ANY, ANY [ORDER BY …]) → JSON",
            "Keys and values as a JSON object; of equal keys the last stays."),
        entry("stddev", "stddev(number) → DECIMAL | DOUBLE", "The standard deviation of a sample."),
        entry("stddev_samp", "stddev_samp(number) → DECIMAL | DOUBLE", "The standard deviation of a sample."),
        entry("stddev_pop", "stddev_pop(number) → DECIMAL | DOUBLE", "The standard deviation of a population."),
        entry("variance", "variance(number) → DECIMAL | DOUBLE", "The variance of a sample."),
        entry("var_samp", "var_samp(number) → DECIMAL | DOUBLE", "The variance of a sample."),
        entry("var_pop", "var_pop(number) → DECIMAL | DOUBLE", "The variance of a population."),
        entry("corr", "corr(y, x) → DOUBLE", "The correlation coefficient."),
        entry("covar_pop", "covar_pop(y, x) → DOUBLE", "The covariance of a population."),
        entry("covar_samp", "covar_samp(y, x) → DOUBLE", "The covariance of a sample."),
        entry("regr_avgx", "regr_avgx(y, x) → DOUBLE", "The mean of x over the pairs without NULL."),
        entry("regr_avgy", "regr_avgy(y, x) → DOUBLE", "The mean of y over the pairs without NULL."),
        entry("regr_count", "regr_count(y, x) → BIGINT", "The pairs without NULL."),
        entry("regr_intercept", "regr_intercept(y, x) → DOUBLE", "Where the line of least squares meets x = 0."),
        entry("regr_r2", "regr_r2(y, x) → DOUBLE", "The square of the correlation coefficient."),
        entry("regr_slope", "regr_slope(y, x) → DOUBLE", "The slope of the line of least squares."),
        entry("regr_sxx", "regr_sxx(y, x) → DOUBLE", "The sum of the squared deviations of x."),
        entry("regr_sxy", "regr_sxy(y, x) → DOUBLE", "The sum of the products of the deviations of x and y."),
        entry("regr_syy", "regr_syy(y, x) → DOUBLE", "The sum of the squared deviations of y."),
        entry(
            "mode", "mode() WITHIN GROUP (ORDER BY ANY) → ANY", "The most frequent value; of several, the first in order."),
        entry(
            "percentile_cont", "percentile_cont(DOUBLE | DOUBLE[]) WITHIN GROUP (ORDER BY number | INTERVAL)",
            "The value at a fraction of the order, interpolated."),
        entry(
            "percentile_disc", "percentile_disc(DOUBLE | DOUBLE[]) WITHIN GROUP (ORDER BY ANY)",
            "The first value whose place in the order is at or after a fraction."),
        entry(
            "approx_count_distinct", "approx_count_distinct(ANY [, INT]) → BIGINT",
            "About how many distinct values there are (HyperLogLog); 2^n registers, n from 4 to 16, 12 if not said."),
        entry(
            "approx_percentile", "approx_percentile(number, fraction [, error]) → DOUBLE",
            "About the value at a fraction of the order (DDSketch); relative error 0.01 if not said."),
        entry("first_value", "first_value(ANY [ORDER BY …]) → ANY", "The value of the first row, NULL or not."),
        entry("last_value", "last_value(ANY [ORDER BY …]) → ANY", "The value of the last row, NULL or not."),
        entry("first", "first(ANY [ORDER BY …]) → ANY", "The value of the first row, NULL or not."),
        entry("last", "last(ANY [ORDER BY …]) → ANY", "The value of the last row, NULL or not."),
        entry("arg_min", "arg_min(ANY, key) → ANY", "The value in the row with the least key that is not NULL."),
        entry("arg_max", "arg_max(ANY, key) → ANY", "The value in the row with the greatest key that is not NULL."),
        entry("min_by", "min_by(ANY, key) → ANY", "The value in the row with the least key that is not NULL."),
        entry("max_by", "max_by(ANY, key) → ANY", "The value in the row with the greatest key that is not NULL."),
        entry("any_value", "any_value(ANY [ORDER BY …]) → ANY", "The first value that is not NULL."),
        entry("single_value", "single_value(ANY) → ANY", "The value of the only row."),
    ]

    private static func entry(_ name: String, _ signature: String, _ summary: String) -> CatalogEntry {
        CatalogEntry(name: name, signature: signature, summary: summary)
    }
}

extension DataType {
    /// Whether values can be compared by size: not JSON and what holds it, nor maps.
    var isOrdered: Bool {
        switch self {
        case .json, .map: false
        case .array(let element): element.isOrdered
        case .row(let fields): fields.allSatisfy { $0.type.isOrdered }
        default: true
        }
    }
}
