import MutstreamColumnar
import TestSupport

@testable import MutstreamDataflow

/// What PostgreSQL 15 gives for a call over each of the four groups of `AggregatePostgresTests`; nil is NULL. DECIMAL
/// results are rounded to our scale; "skip" stands where PostgreSQL fails (the squares of 1e200 leave DOUBLE there).
struct Recorded: Sendable {
    var sql: String
    var name: String
    var columns: [Int]
    var distinct = false
    var order: [SortItem] = []
    /// Whether `order` is that of WITHIN GROUP.
    var within = false
    var constants: [Value] = []
    /// Whether the constants are those of an array.
    var isList = false
    var filter: Int?
    var results: [String?]

    init(
        _ sql: String, _ name: String, _ columns: [Int], distinct: Bool = false, order: [SortItem] = [],
        within: Bool = false, constants: [Value] = [], isList: Bool = false, filter: Int? = nil, _ results: [String?]
    ) {
        self.sql = sql
        self.name = name
        self.columns = columns
        self.distinct = distinct
        self.order = order
        self.within = within
        self.constants = constants
        self.isList = isList
        self.filter = filter
        self.results = results
    }
}

private func up(_ column: Int) -> SortItem { SortItem(column: column) }
private func first(_ column: Int) -> SortItem { SortItem(column: column, nullsFirst: true) }
private func down(_ column: Int) -> SortItem { SortItem(column: column, descending: true, nullsFirst: true) }

let recordedAggregates: [Recorded] = [
    Recorded(
        "stddev(i)",
        "stddev", [1], ["19.4764815439887225", "0.0000000000000000", nil, "1.5275252316519467"]),
    Recorded(
        "stddev(d)",
        "stddev", [3], ["51.1009363090997254", "0.0000000000000000", nil, "0.0057735026918963"]),
    Recorded(
        "stddev(x)",
        "stddev", [4], ["3.246793289796359", "0", nil, "skip"]),
    Recorded(
        "stddev_pop(i)",
        "stddev_pop", [1], ["16.8671277934330005", "0.0000000000000000", nil, "1.2472191289246471"]),
    Recorded(
        "stddev_pop(d)",
        "stddev_pop", [3], ["44.2547090008509716", "0.0000000000000000", nil, "0.0047140452079103"]),
    Recorded(
        "stddev_pop(x)",
        "stddev_pop", [4], ["2.811805469800498", "0", nil, "skip"]),
    Recorded(
        "var_samp(i)",
        "var_samp", [1], ["379.3333333333333333", "0.0000000000000000", nil, "2.3333333333333333"]),
    Recorded(
        "var_samp(d)",
        "var_samp", [3], ["2611.3056916666666667", "0.0000000000000000", nil, "0.0000333333333333"]),
    Recorded(
        "var_samp(x)",
        "var_samp", [4], ["10.541666666666666", "0", nil, "skip"]),
    Recorded(
        "var_pop(i)",
        "var_pop", [1], ["284.5000000000000000", "0.0000000000000000", nil, "1.5555555555555556"]),
    Recorded(
        "var_pop(d)",
        "var_pop", [3], ["1958.4792687500000000", "0.0000000000000000", nil, "0.0000222222222222"]),
    Recorded(
        "var_pop(x)",
        "var_pop", [4], ["7.90625", "0", nil, "skip"]),
    Recorded(
        "corr(y,x)",
        "corr", [5, 4], ["0.18361406944357955", nil, nil, "skip"]),
    Recorded(
        "covar_pop(y,x)",
        "covar_pop", [5, 4], ["0.3055555555555555", "0", nil, "skip"]),
    Recorded(
        "covar_samp(y,x)",
        "covar_samp", [5, 4], ["0.45833333333333326", "0", nil, "skip"]),
    Recorded(
        "regr_avgx(y,x)",
        "regr_avgx", [5, 4], ["1000000001.4166666", "0.1", nil, "skip"]),
    Recorded(
        "regr_avgy(y,x)",
        "regr_avgy", [5, 4], ["1.6666666666666667", "0.44999999999999996", nil, "skip"]),
    Recorded(
        "regr_intercept(y,x)",
        "regr_intercept", [5, 4], ["-594594593.7702702", nil, nil, "skip"]),
    Recorded(
        "regr_r2(y,x)",
        "regr_r2", [5, 4], ["0.03371412649763165", nil, nil, "skip"]),
    Recorded(
        "regr_slope(y,x)",
        "regr_slope", [5, 4], ["0.5945945945945945", nil, nil, "skip"]),
    Recorded(
        "regr_sxx(y,x)",
        "regr_sxx", [5, 4], ["1.5416666666666665", "0", nil, "skip"]),
    Recorded(
        "regr_sxy(y,x)",
        "regr_sxy", [5, 4], ["0.9166666666666665", "0", nil, "skip"]),
    Recorded(
        "regr_syy(y,x)",
        "regr_syy", [5, 4], ["16.166666666666664", "0.125", nil, "skip"]),
    Recorded(
        "regr_count(y,x)",
        "regr_count", [5, 4], ["3", "2", "0", "3"]),
    Recorded(
        "sum(i)",
        "sum", [1], ["44", "10", nil, "7"]),
    Recorded(
        "avg(i)",
        "avg", [1], ["11.0000000000000000", "5.0000000000000000", nil, "2.3333333333333333"]),
    Recorded(
        "sum(b)",
        "sum", [2], ["18000000000000000010", "2", nil, "7"]),
    Recorded(
        "avg(b)",
        "avg", [2], ["3600000000000000002.0000000000000000", "1.0000000000000000", nil, "2.3333333333333333"]),
    Recorded(
        "sum(d)",
        "sum", [3], ["94.15", "20.00", nil, "10.01"]),
    Recorded(
        "avg(d)",
        "avg", [3], ["23.5375000000000000", "10.0000000000000000", nil, "3.3366666666666667"]),
    Recorded(
        "sum(v)",
        "sum", [7], ["1 mon 4 days 02:05:07", "3 mons 10 days", nil, "2 years 1 day"]),
    Recorded(
        "avg(v)",
        "avg", [7], ["8 days 12:31:16.75", "1 mon 20 days", nil, "8 mons 08:00:00"]),
    Recorded(
        "bit_and(i)",
        "bit_and", [1], ["0", "5", nil, "0"]),
    Recorded(
        "bit_or(b)",
        "bit_or", [2], ["-1", "1", nil, "3"]),
    Recorded(
        "min(s)",
        "min", [6], ["Z", "x", nil, ""]),
    Recorded(
        "max(s)",
        "max", [6], ["b", "x", nil, "r"]),
    Recorded(
        "min(v)",
        "min", [7], ["-02:00:00", "10 days", nil, "5 mons"]),
    Recorded(
        "max(v)",
        "max", [7], ["1 mon 3 days 04:05:06", "3 mons", nil, "1 year"]),
    Recorded(
        "sum(distinct d)",
        "sum", [3], distinct: true, ["94.15", "10.00", nil, "6.67"]),
    Recorded(
        "avg(distinct i)",
        "avg", [1], distinct: true, ["13.6666666666666667", "5.0000000000000000", nil, "2.3333333333333333"]),
    Recorded(
        "count(distinct s)",
        "count", [6], distinct: true, ["3", "1", "0", "3"]),
    Recorded(
        "mode() within group (order by i)",
        "mode", [1], order: [up(1)], within: true, ["3", "5", nil, "1"]),
    Recorded(
        "mode() within group (order by s desc)",
        "mode", [6], order: [down(6)], within: true, ["b", "x", nil, "r"]),
    Recorded(
        "percentile_cont(0.3) within group (order by y)",
        "percentile_cont", [5], order: [up(5)], within: true, constants: [0.3],
        ["2.0999999999999996", "0.35", nil, "2.1999999999999998e-200"]),
    Recorded(
        "percentile_cont(0.5) within group (order by x desc)",
        "percentile_cont", [4], order: [down(4)], within: true, constants: [0.5],
        ["1000000001.875", "0.1", nil, "1e+200"]),
    Recorded(
        "percentile_cont(0.4) within group (order by v)",
        "percentile_cont", [7], order: [up(7)], within: true, constants: [0.4],
        ["04:48:00.8", "1 mon 12 days", nil, "6 mons 18 days 19:12:00"]),
    Recorded(
        "percentile_disc(0.5) within group (order by s)",
        "percentile_disc", [6], order: [up(6)], within: true, constants: [0.5], ["a", "x", nil, "q"]),
    Recorded(
        "percentile_disc(0.75) within group (order by d)",
        "percentile_disc", [3], order: [up(3)], within: true, constants: [0.75], ["1.25", "10.00", nil, "3.34"]),
    Recorded(
        "percentile_disc(0) within group (order by i desc)",
        "percentile_disc", [1], order: [down(1)], within: true, constants: [0.0], ["40", "5", nil, "4"]),
    Recorded(
        "percentile_cont(array[0,0.25,null,1]) within group (order by y)",
        "percentile_cont", [5], order: [up(5)], within: true, constants: [0.0, 0.25, .null, 1.0], isList: true,
        ["{-1.5,1.5,NULL,4}", "{0.2,0.325,NULL,0.7}", nil, "{1e-200,2e-200,NULL,3.5e-200}"]),
    Recorded(
        "percentile_disc(array[0.1,0.9]) within group (order by s)",
        "percentile_disc", [6], order: [up(6)], within: true, constants: [0.1, 0.9], isList: true,
        ["{Z,b}", "{x,x}", nil, "{\"\",r}"]),
    Recorded(
        "string_agg(s,'-' order by s desc, i)",
        "string_agg", [6], order: [down(6), up(1)], constants: ["-"], ["b-b-a-Z", "x-x", nil, "r-q-"]),
    Recorded(
        "string_agg(distinct s, ',')",
        "string_agg", [6], distinct: true, constants: [","], ["Z,a,b", "x", nil, ",q,r"]),
    Recorded(
        "array_agg(i order by b,d)",
        "array_agg", [1], order: [up(2), up(3)], ["{-2,NULL,40,3,3}", "{5,5}", "{NULL}", "{1,2,4}"]),
    Recorded(
        "array_agg(s order by s nulls first)",
        "array_agg", [6], order: [first(6)], ["{NULL,Z,a,b,b}", "{x,x}", "{NULL}", "{\"\",q,r}"]),
    Recorded(
        "array_agg(distinct i)",
        "array_agg", [1], distinct: true, ["{-2,3,40,NULL}", "{5}", "{NULL}", "{1,2,4}"]),
    Recorded(
        "array_agg(v order by v)",
        "array_agg", [7], order: [up(7)],
        [
            "{-02:00:00,00:00:01,\"1 day\",\"1 mon 3 days 04:05:06\",NULL}", "{\"10 days\",\"3 mons\"}", "{NULL}",
            "{\"5 mons\",\"7 mons 1 day\",\"1 year\"}",
        ]),
    Recorded(
        "jsonb_agg(d order by d)",
        "jsonb_agg", [3], order: [up(3)],
        ["[-7.10, 0.01, 1.25, 99.99, null]", "[10.00, 10.00]", "[null]", "[3.33, 3.34, 3.34]"]),
    Recorded(
        "jsonb_agg(s order by s)",
        "jsonb_agg", [6], order: [up(6)],
        ["[\"Z\", \"a\", \"b\", \"b\", null]", "[\"x\", \"x\"]", "[null]", "[\"\", \"q\", \"r\"]"]),
    Recorded(
        "jsonb_object_agg(s,i order by b,d) filter (where s is not null)",
        "jsonb_object_agg", [6, 1], order: [up(2), up(3)], filter: 8,
        ["{\"Z\": 40, \"a\": 3, \"b\": 3}", "{\"x\": 5}", nil, "{\"\": 4, \"q\": 1, \"r\": 2}"]),
]
