/// Results of PostgreSQL 15 over `recordedTable`.
///
/// ```
/// function|arguments|filter|order|frame
///   results of rows a to n, split by spaces; _ is NULL
/// ```
let recordedResults = """
    row_number|||u|
      4 9 1 12 7 2 14 5 10 3 13 6 11 8
    row_number|||i, id|
      1 4 2 13 7 5 9 6 14 12 8 10 3 11
    rank|||u|
      4 9 1 12 7 2 14 5 10 3 13 6 11 8
    rank|||i|
      1 4 1 13 7 4 9 4 13 12 7 9 1 11
    dense_rank|||u|
      4 9 1 12 7 2 14 5 10 3 13 6 11 8
    dense_rank|||i|
      1 2 1 7 3 2 4 2 7 6 3 4 1 5
    percent_rank|||u|
      0.23076923076923078 0.6153846153846154 0 0.8461538461538461 0.46153846153846156 0.07692307692307693 1
      0.3076923076923077 0.6923076923076923 0.15384615384615385 0.9230769230769231 0.38461538461538464
      0.7692307692307693 0.5384615384615384
    percent_rank|||i|
      0 0.23076923076923078 0 0.9230769230769231 0.46153846153846156 0.23076923076923078 0.6153846153846154
      0.23076923076923078 0.9230769230769231 0.8461538461538461 0.46153846153846156 0.6153846153846154 0
      0.7692307692307693
    cume_dist|||u|
      0.2857142857142857 0.6428571428571429 0.07142857142857142 0.8571428571428571 0.5 0.14285714285714285 1
      0.35714285714285715 0.7142857142857143 0.21428571428571427 0.9285714285714286 0.42857142857142855
      0.7857142857142857 0.5714285714285714
    cume_dist|||i|
      0.21428571428571427 0.42857142857142855 0.21428571428571427 1 0.5714285714285714 0.42857142857142855
      0.7142857142857143 0.42857142857142855 1 0.8571428571428571 0.5714285714285714 0.7142857142857143
      0.21428571428571427 0.7857142857142857
    ntile|3||u|
      1 2 1 3 2 1 3 1 2 1 3 2 3 2
    ntile|3||i, id|
      1 1 1 3 2 1 2 2 3 3 2 2 1 3
    ntile|5||u|
      2 3 1 4 3 1 5 2 4 1 5 2 4 3
    ntile|5||i, id|
      1 2 1 5 3 2 3 2 5 4 3 4 1 4
    ntile|20||u|
      4 9 1 12 7 2 14 5 10 3 13 6 11 8
    ntile|20||i, id|
      1 4 2 13 7 5 9 6 14 12 8 10 3 11
    lag|v||u|
      6 _ _ 1 8 _ 2 5 -2 0 7 -4 _ 3
    lag|v||i, id|
      _ 1 5 6 -4 -2 2 0 7 _ 3 11 _ 8
    lag|v, 2, 0||u|
      0 3 0 _ -4 0 7 6 _ _ 1 5 -2 8
    lag|v, 2, 0||i, id|
      0 _ 0 _ 0 1 3 -2 6 8 -4 2 5 11
    lag|t, -1||u|
      lime date plum _ olive pear _ kiwi fig kiwi apple _ kiwi apple
    lag|t, -1||i, id|
      fig plum fig date _ lime kiwi _ _ kiwi apple olive apple pear
    lead|v||u|
      -4 _ 0 2 _ 6 _ 8 1 5 11 3 7 -2
    lead|v||i, id|
      _ 0 1 _ 2 -4 8 3 _ 7 11 _ -2 6
    lead|v, 2, -1||u|
      8 1 6 11 -2 5 -1 3 7 -4 -1 _ 2 _
    lead|v, 2, -1||i, id|
      1 -4 -2 -1 11 3 _ 2 -1 _ 8 6 0 7
    lead|t, 0||u|
      kiwi apple fig kiwi _ plum apple lime date pear _ kiwi fig olive
    lead|t, 0||i, id|
      kiwi apple fig kiwi _ plum apple lime date pear _ kiwi fig olive
    lead|sp, 3||u|
      _ 29~days~12:00:00 1~day _ 2~mons 60~days _ 3~days _ -1~days _ 30~days 00:30:00 29~days
    lead|sp, 3||i, id|
      30~days _ 2~days _ -1~days _ 1~day 00:30:00 _ _ 3~days 29~days~12:00:00 60~days 2~mons
    first_value|v||u|
      _ _ _ _ _ _ _ _ _ _ _ _ _ _
    first_value|v||u|rows between 2 preceding and 1 following
      0 3 _ _ -4 _ 7 6 _ _ 1 5 -2 8
    first_value|v||i, id|
      5 5 5 5 5 5 5 5 5 5 5 5 5 5
    first_value|v||i, id|groups between 1 preceding and current row exclude current row
      _ 1 5 6 -4 -2 2 0 7 _ 3 11 _ 8
    last_value|v||u|
      5 -2 _ 7 3 0 11 -4 _ 6 2 8 1 _
    last_value|v||u|rows between 2 preceding and 1 following
      -4 _ 0 2 _ 6 11 8 1 5 11 3 7 -2
    last_value|v||i, id|
      5 -2 _ 7 3 0 11 -4 _ 6 2 8 1 _
    last_value|v||i, id|groups between 1 preceding and current row exclude current row
      _ 1 5 6 -4 -2 2 0 7 _ 3 11 _ 8
    nth_value|v, 2||u|
      0 0 _ 0 0 0 0 0 0 0 0 0 0 0
    nth_value|v, 2||u|rows between 2 preceding and 1 following
      6 _ 0 1 8 0 2 5 -2 0 7 -4 _ 3
    nth_value|v, 2||i, id|
      _ _ _ _ _ _ _ _ _ _ _ _ _ _
    nth_value|v, 2||i, id|groups between 1 preceding and current row exclude current row
      _ _ _ _ _ _ _ _ _ _ _ _ _ _
    nth_value|t, 3||u|
      pear pear _ pear pear _ pear pear pear pear pear pear pear pear
    nth_value|t, 3||u|rows between 2 preceding and 1 following
      kiwi apple _ kiwi _ pear apple lime date pear _ kiwi fig olive
    nth_value|t, 3||i, id|
      _ fig _ fig fig fig fig fig fig fig fig fig fig fig
    nth_value|t, 3||i, id|groups between 1 preceding and current row exclude current row
      _ _ _ _ _ _ _ _ _ _ _ _ _ _
    first_value|b||u|
      true true true true true true true true true true true true true true
    first_value|b||u|rows between 2 preceding and 1 following
      true false true _ false true _ true true true true true false false
    first_value|b||i, id|
      true true true true true true true true true true true true true true
    first_value|b||i, id|groups between 1 preceding and current row exclude current row
      _ true true true false false true true _ true false true true false
    count|*||u|
      4 9 1 12 7 2 14 5 10 3 13 6 11 8
    count|*||u|rows between 2 preceding and 1 following
      4 4 2 4 4 3 3 4 4 4 4 4 4 4
    count|*||i|
      3 6 3 14 8 6 10 6 14 12 8 10 3 11
    count|*||i|groups between 1 preceding and current row exclude current row
      2 5 2 2 4 5 3 5 2 1 4 3 2 2
    count|v||u|
      3 7 0 9 6 1 11 4 7 2 10 5 8 6
    count|v||u|rows between 2 preceding and 1 following
      4 2 1 3 3 2 3 4 2 3 4 4 3 3
    count|v||i|
      2 5 2 11 7 5 9 5 11 10 7 9 2 9
    count|v||i|groups between 1 preceding and current row exclude current row
      1 4 2 1 4 4 3 4 2 0 4 3 1 2
    sum|v||u|
      11 16 _ 24 18 0 37 7 16 6 26 15 17 18
    sum|v||u|rows between 2 preceding and 1 following
      7 1 0 10 7 6 20 15 -1 11 21 12 6 9
    sum|v||i|
      6 0 6 37 5 0 24 0 37 30 5 24 6 24
    sum|v||i|groups between 1 preceding and current row exclude current row
      1 2 6 6 -4 0 13 4 13 _ -3 16 5 19
    sum|f||u|
      9.25 5.5 -1 9.625 2.75 7 29.625 6.75 6.5 7.75 25.625 2.75 9.5 3.25
    sum|f||u|rows between 2 preceding and 1 following
      7.75 3.75 7 20.125 -6 7.75 20.125 -4.25 6.75 9.25 23.125 -5 6.375 -1.25
    sum|f||i|
      3.5 11.25 3.5 29.625 27.25 11.25 27.25 11.25 29.625 28.5 27.25 27.25 3.5 27.75
    sum|f||i|groups between 1 preceding and current row exclude current row
      2 9 4.5 1.75 23.75 3.25 12 13.75 0.875 0.5 7.75 20 0.5 0
    sum|n||u|
      3.25 5.75 1.50 9.25 8.25 1.50 11.50 7.00 5.75 2.00 10.25 9.25 7.25 5.75
    sum|n||u|rows between 2 preceding and 1 following
      5.50 -3.50 1.50 4.50 2.50 2.00 4.25 7.75 -1.00 3.25 5.75 6.25 3.50 -1.25
    sum|n||i|
      4.25 8.00 4.25 11.50 8.00 8.00 11.50 8.00 11.50 9.50 8.00 11.50 4.25 9.00
    sum|n||i|groups between 1 preceding and current row exclude current row
      3.00 8.00 2.75 0.50 4.75 8.00 2.25 4.25 2.50 -2.50 2.75 1.25 2.75 3.50
    sum|sp||u|
      1~mon~4~days 1~mon~96~days 1~mon 3~mons~154~days~12:00:00 1~mon~63~days 1~mon~2~days 3~mons~154~days~12:30:00
      1~mon~64~days 3~mons~96~days 1~mon~3~days 3~mons~154~days~12:00:00 1~mon~63~days 3~mons~125~days 1~mon~66~days
    sum|sp||u|rows between 2 preceding and 1 following
      64~days 2~mons~33~days 1~mon~2~days 2~mons~58~days~12:00:00 62~days 1~mon~3~days 29~days~12:30:00 61~days
      2~mons~62~days 1~mon~4~days 58~days~12:30:00 60~days 2~mons~88~days~12:00:00 32~days
    sum|sp||i|
      1~mon~30~days 1~mon~122~days 1~mon~30~days 3~mons~154~days~12:30:00 1~mon~122~days 1~mon~122~days
      1~mon~121~days~00:30:00 1~mon~122~days 3~mons~154~days~12:30:00 1~mon~125~days~00:30:00 1~mon~122~days
      1~mon~121~days~00:30:00 1~mon~30~days 1~mon~124~days~00:30:00
    sum|sp||i|groups between 1 preceding and current row exclude current row
      1~mon~29~days 1~mon~92~days 30~days 2~mons~1~day 92~days 1~mon~120~days -1~days 1~mon~62~days 30~days~12:00:00
      3~days 92~days 00:30:00 1~mon~1~day -1~days~+00:30:00
    avg|v||u|
      3.6666666666666667 2.2857142857142857 _ 2.6666666666666667 3.0000000000000000 0.0000000000000000
      3.3636363636363636 1.7500000000000000 2.2857142857142857 3.0000000000000000 2.6000000000000000 3.0000000000000000
      2.1250000000000000 3.0000000000000000
    avg|v||u|rows between 2 preceding and 1 following
      1.7500000000000000 0.5000000000000000 0.0000000000000000 3.3333333333333333 2.3333333333333333 3.0000000000000000
      6.6666666666666667 3.7500000000000000 -0.5000000000000000 3.6666666666666667 5.2500000000000000 3.0000000000000000
      2.0000000000000000 3.0000000000000000
    avg|v||i|
      3.0000000000000000 0.0000000000000000 3.0000000000000000 3.3636363636363636 0.7142857142857143 0.0000000000000000
      2.6666666666666667 0.0000000000000000 3.3636363636363636 3.0000000000000000 0.7142857142857143 2.6666666666666667
      3.0000000000000000 2.6666666666666667
    avg|v||i|groups between 1 preceding and current row exclude current row
      1.0000000000000000 0.5000000000000000 3.0000000000000000 6.0000000000000000 -1.0000000000000000 0.0000000000000000
      4.3333333333333333 1.0000000000000000 6.5000000000000000 _ -0.7500000000000000 5.3333333333333333
      5.0000000000000000 9.5000000000000000
    avg|n||u|
      0.8125000000000000 0.7187500000000000 1.5000000000000000 0.9250000000000000 1.1785714285714286 0.7500000000000000
      0.9583333333333333 1.4000000000000000 0.7187500000000000 0.6666666666666667 0.9318181818181818 1.5416666666666667
      0.8055555555555556 0.7187500000000000
    avg|n||u|rows between 2 preceding and 1 following
      1.3750000000000000 -1.7500000000000000 0.7500000000000000 1.5000000000000000 0.6250000000000000 0.6666666666666667
      1.4166666666666667 1.9375000000000000 -0.5000000000000000 0.8125000000000000 1.4375000000000000 1.5625000000000000
      1.7500000000000000 -0.4166666666666667
    avg|n||i|
      1.4166666666666667 1.6000000000000000 1.4166666666666667 0.9583333333333333 1.1428571428571429 1.6000000000000000
      1.2777777777777778 1.6000000000000000 0.9583333333333333 0.8636363636363636 1.1428571428571429 1.2777777777777778
      1.4166666666666667 0.9000000000000000
    avg|n||i|groups between 1 preceding and current row exclude current row
      1.5000000000000000 1.6000000000000000 1.3750000000000000 0.5000000000000000 1.5833333333333333 2.0000000000000000
      0.7500000000000000 1.0625000000000000 1.2500000000000000 -2.5000000000000000 0.9166666666666667 0.4166666666666667
      1.3750000000000000 1.7500000000000000
    avg|f||u|
      2.3125 0.6875 -1 0.875 0.4583333333333333 3.5 2.2788461538461537 1.35 0.7222222222222222 2.5833333333333335
      2.1354166666666665 0.4583333333333333 0.95 0.4642857142857143
    avg|f||u|rows between 2 preceding and 1 following
      1.9375 1.25 3.5 5.03125 -2 2.5833333333333335 6.708333333333333 -1.0625 1.6875 2.3125 5.78125 -1.6666666666666667
      1.59375 -0.4166666666666667
    avg|f||i|
      1.1666666666666667 1.875 1.1666666666666667 2.2788461538461537 3.892857142857143 1.875 3.0277777777777777 1.875
      2.2788461538461537 2.590909090909091 3.892857142857143 3.0277777777777777 1.1666666666666667 2.775
    avg|f||i|groups between 1 preceding and current row exclude current row
      1 1.8 2.25 0.875 5.9375 0.65 6 2.75 0.4375 0.5 2.5833333333333335 10 0.25 0
    min|t||u|
      fig apple fig apple fig fig apple fig apple fig apple fig apple fig
    min|t||u|rows between 2 preceding and 1 following
      kiwi apple fig date kiwi fig apple kiwi apple fig apple kiwi apple apple
    min|t||i|
      fig apple fig apple apple apple apple apple apple apple apple apple fig apple
    min|t||i|groups between 1 preceding and current row exclude current row
      fig fig fig date apple apple kiwi apple kiwi olive apple apple fig apple
    max|t||u|
      plum plum fig plum plum plum plum plum plum plum plum plum plum plum
    max|t||u|rows between 2 preceding and 1 following
      plum olive plum kiwi olive plum kiwi pear olive plum kiwi lime kiwi olive
    max|t||i|
      kiwi plum kiwi plum plum plum plum plum plum plum plum plum kiwi plum
    max|t||i|groups between 1 preceding and current row exclude current row
      fig plum kiwi pear plum lime kiwi plum pear olive plum apple kiwi kiwi
    min|f||u|
      -1 -4 -1 -4 -4 -1 -4 -2.5 -4 -1 -4 -4 -4 -4
    min|f||u|rows between 2 preceding and 1 following
      -2.5 0.5 -1 0.125 -4 -1 0.125 -4 0.5 -1 0.125 -4 0.125 -4
    min|f||i|
      -1 -2.5 -1 -4 -2.5 -2.5 -4 -2.5 -4 -4 -2.5 -4 -1 -4
    min|f||i|groups between 1 preceding and current row exclude current row
      -1 -2.5 1.5 0.75 -2.5 -2.5 -4 -1 0.125 0.5 -2.5 4 -1 -4
    max|f||u|
      8 8 -1 8 8 8 16 8 8 8 16 8 8 8
    max|f||u|rows between 2 preceding and 1 following
      8 2.25 8 16 0.5 8 16 1.5 3 8 16 1.5 3 2.25
    max|f||i|
      3 8 3 16 16 8 16 8 16 16 16 16 3 16
    max|f||i|groups between 1 preceding and current row exclude current row
      3 8 3 1 16 3 16 8 0.75 0.5 8 16 1.5 4
    max|sp||u|
      1~mon 60~days 1~mon 2~mons 60~days 1~mon 2~mons 60~days 2~mons 1~mon 2~mons 60~days 2~mons 60~days
    max|sp||u|rows between 2 preceding and 1 following
      60~days 2~mons 1~mon 2~mons 60~days 1~mon 29~days~12:00:00 60~days 2~mons 1~mon 29~days~12:00:00 60~days 2~mons
      30~days
    max|sp||i|
      1~mon 60~days 1~mon 2~mons 60~days 60~days 60~days 60~days 2~mons 60~days 60~days 60~days 1~mon 60~days
    max|sp||i|groups between 1 preceding and current row exclude current row
      1~mon 60~days 29~days 2~mons 60~days 60~days -1~days 30~days 29~days~12:00:00 3~days 60~days 00:30:00 1~mon
      00:30:00
    min|dt||u|
      2024-01-31 2023-12-31 2024-02-29 2023-12-31 2023-12-31 2024-02-29 2023-12-31 2024-01-31 2023-12-31 2024-02-28
      2023-12-31 2023-12-31 2023-12-31 2023-12-31
    min|dt||u|rows between 2 preceding and 1 following
      2024-01-31 2024-01-31 2024-02-29 2024-04-30 2023-12-31 2024-02-28 2024-01-30 2023-12-31 2024-01-31 2024-01-31
      2024-01-30 2023-12-31 2024-02-28 2023-12-31
    min|dt||i|
      2024-01-31 2024-01-31 2024-01-31 2023-12-31 2024-01-31 2024-01-31 2023-12-31 2024-01-31 2023-12-31 2023-12-31
      2024-01-31 2023-12-31 2024-01-31 2023-12-31
    min|dt||i|groups between 1 preceding and current row exclude current row
      2024-02-29 2024-01-31 2024-01-31 2024-02-28 2024-02-28 2024-01-31 2023-12-31 2024-01-31 2024-02-28 2024-01-31
      2024-02-28 2024-01-30 2024-01-31 2023-12-31
    bool_and|b||u|
      true false true false false true false false false true false false false false
    bool_and|b||u|rows between 2 preceding and 1 following
      false false true true false true true false false true true false false false
    bool_and|b||i|
      true false true false false false false false false false false false true false
    bool_and|b||i|groups between 1 preceding and current row exclude current row
      true false true true false false false false true true false false true false
    bool_or|b||u|
      true true true true true true true true true true true true true true
    bool_or|b||u|rows between 2 preceding and 1 following
      true true true true true true true true true true true true true true
    bool_or|b||i|
      true true true true true true true true true true true true true true
    bool_or|b||i|groups between 1 preceding and current row exclude current row
      true true true true true true true true true true true true true true
    every|b||u|
      true false true false false true false false false true false false false false
    every|b||u|rows between 2 preceding and 1 following
      false false true true false true true false false true true false false false
    every|b||i|
      true false true false false false false false false false false false true false
    every|b||i|groups between 1 preceding and current row exclude current row
      true false true true false false false false true true false false true false
    bit_and|v||u|
      0 0 _ 0 0 0 0 0 0 0 0 0 0 0
    bit_and|v||u|rows between 2 preceding and 1 following
      0 2 0 0 0 0 2 0 0 0 0 0 0 0
    bit_and|v||i|
      1 0 1 0 0 0 0 0 0 0 0 0 1 0
    bit_and|v||i|groups between 1 preceding and current row exclude current row
      1 0 1 6 0 0 0 0 6 _ 0 2 5 8
    bit_or|v||u|
      7 -1 _ -1 -1 0 -1 -1 -1 6 -1 -1 -1 -1
    bit_or|v||u|rows between 2 preceding and 1 following
      -1 -1 0 7 -1 6 15 -1 -1 7 15 -1 -1 -1
    bit_or|v||i|
      5 -1 5 -1 -1 -1 -1 -1 -1 -1 -1 -1 5 -1
    bit_or|v||i|groups between 1 preceding and current row exclude current row
      1 -3 5 6 -2 -1 11 -1 7 _ -1 11 5 11
    bit_xor|v||u|
      3 10 _ 12 -12 0 5 -1 10 6 14 -9 11 -12
    bit_xor|v||u|rows between 2 preceding and 1 following
      -1 -3 0 4 -9 6 14 -9 -1 3 15 -14 -8 -11
    bit_xor|v||i|
      4 6 4 5 7 6 4 6 5 2 7 4 4 4
    bit_xor|v||i|groups between 1 preceding and current row exclude current row
      1 -8 4 6 0 6 9 -6 1 _ 1 10 5 3
    string_agg|t, '-'||u|
      fig-plum-pear-kiwi fig-plum-pear-kiwi-lime-kiwi-olive-apple fig
      fig-plum-pear-kiwi-lime-kiwi-olive-apple-date-fig-kiwi fig-plum-pear-kiwi-lime-kiwi fig-plum
      fig-plum-pear-kiwi-lime-kiwi-olive-apple-date-fig-kiwi-apple fig-plum-pear-kiwi-lime
      fig-plum-pear-kiwi-lime-kiwi-olive-apple-date fig-plum-pear fig-plum-pear-kiwi-lime-kiwi-olive-apple-date-fig-kiwi
      fig-plum-pear-kiwi-lime-kiwi fig-plum-pear-kiwi-lime-kiwi-olive-apple-date-fig fig-plum-pear-kiwi-lime-kiwi-olive
    string_agg|t, '-'||u|rows between 2 preceding and 1 following
      plum-pear-kiwi-lime olive-apple-date fig-plum date-fig-kiwi lime-kiwi-olive fig-plum-pear kiwi-apple
      pear-kiwi-lime-kiwi olive-apple-date-fig fig-plum-pear-kiwi fig-kiwi-apple kiwi-lime-kiwi apple-date-fig-kiwi
      kiwi-olive-apple
    string_agg|t, '-'||i, id|
      kiwi kiwi-fig-fig-apple kiwi-fig kiwi-fig-fig-apple-plum-lime-apple-kiwi-olive-pear-kiwi
      kiwi-fig-fig-apple-plum-lime kiwi-fig-fig-apple-plum kiwi-fig-fig-apple-plum-lime-apple
      kiwi-fig-fig-apple-plum-lime kiwi-fig-fig-apple-plum-lime-apple-kiwi-olive-pear-kiwi-date
      kiwi-fig-fig-apple-plum-lime-apple-kiwi-olive-pear kiwi-fig-fig-apple-plum-lime
      kiwi-fig-fig-apple-plum-lime-apple-kiwi kiwi-fig-fig kiwi-fig-fig-apple-plum-lime-apple-kiwi-olive
    string_agg|t, '-'||i, id|groups between 1 preceding and current row exclude current row
      _ fig kiwi pear lime apple _ plum kiwi olive _ apple fig kiwi
    string_agg|t, id||u|
      figfplumjpearakiwi figfplumjpearakiwihlimelkiwinolivebapple fig
      figfplumjpearakiwihlimelkiwinolivebappleidatemfigdkiwi figfplumjpearakiwihlimelkiwi figfplum
      figfplumjpearakiwihlimelkiwinolivebappleidatemfigdkiwigapple figfplumjpearakiwihlime
      figfplumjpearakiwihlimelkiwinolivebappleidate figfplumjpear figfplumjpearakiwihlimelkiwinolivebappleidatemfigdkiwi
      figfplumjpearakiwihlimelkiwi figfplumjpearakiwihlimelkiwinolivebappleidatemfig figfplumjpearakiwihlimelkiwinolive
    string_agg|t, id||u|rows between 2 preceding and 1 following
      plumjpearakiwihlime olivebappleidate figfplum datemfigdkiwi limelkiwinolive figfplumjpear kiwigapple
      pearakiwihlimelkiwi olivebappleidatemfig figfplumjpearakiwi figdkiwigapple kiwihlimelkiwi appleidatemfigdkiwi
      kiwinolivebapple
    string_agg|t, id||i, id|
      kiwi kiwicfigmfigbapple kiwicfig kiwicfigmfigbapplefplumhlimegapplelkiwinolivejpeardkiwi
      kiwicfigmfigbapplefplumhlime kiwicfigmfigbapplefplum kiwicfigmfigbapplefplumhlimegapple
      kiwicfigmfigbapplefplumhlime kiwicfigmfigbapplefplumhlimegapplelkiwinolivejpeardkiwiidate
      kiwicfigmfigbapplefplumhlimegapplelkiwinolivejpear kiwicfigmfigbapplefplumhlime
      kiwicfigmfigbapplefplumhlimegapplelkiwi kiwicfigmfig kiwicfigmfigbapplefplumhlimegapplelkiwinolive
    string_agg|t, id||i, id|groups between 1 preceding and current row exclude current row
      _ fig kiwi pear lime apple _ plum kiwi olive _ apple fig kiwi
    stddev|v||u|
      3.2145502536643183 4.4239607334862921 _ 4.1833001326703777 4.3817804600413289 _ 4.5226701686664543
      4.6457866215887846 4.4239607334862921 4.2426406871192851 3.9496835316262998 4.8989794855663562 4.1209395599963435
      4.3817804600413289
    stddev|v||u|rows between 2 preceding and 1 following
      4.6457866215887846 3.5355339059327376 _ 3.2145502536643183 6.0277137733417081 4.2426406871192851
      4.5092497528228943 5.3150729063673247 2.1213203435596426 3.2145502536643183 4.6457866215887846 5.0990195135927848
      4.5825756949558400 5.0000000000000000
    stddev|v||i|
      2.8284271247461901 3.3911649915626341 2.8284271247461901 4.5226701686664543 3.0394235042348472 3.3911649915626341
      4.7434164902525690 3.3911649915626341 4.5226701686664543 4.5946829173634073 3.0394235042348472 4.7434164902525690
      2.8284271247461901 4.7434164902525690
    stddev|v||i|groups between 1 preceding and current row exclude current row
      _ 3.6968455021364724 2.8284271247461901 _ 2.5819888974716113 3.9157800414902435 3.2145502536643183
      2.9439202887759490 0.7071067811865475 _ 2.9860788111948195 4.9328828623162473 _ 2.1213203435596426
    stddev_pop|n||u|
      0.5962120008855910 1.8133080095505010 0.0000000000000000 1.6772373117719508 1.4374722712498648 0.7500000000000000
      1.5337635266088301 1.2903487900563940 1.8133080095505010 0.6236095644623236 1.5993283714326528 1.2197734306920372
      1.7271435063010904 1.8133080095505010
    stddev_pop|n||u|rows between 2 preceding and 1 following
      1.4415703243338495 0.7500000000000000 0.7500000000000000 0.4082482904638630 2.4906073556464094 0.6236095644623236
      0.4249182927993987 1.2167451458707366 2.0000000000000000 0.5962120008855910 0.3697549864437260 1.7264034146166417
      0.2500000000000000 1.9825628755617199
    stddev_pop|n||i|
      0.1178511301977579 1.2103718436910204 0.1178511301977579 1.5337635266088301 1.3618339974955442 1.2103718436910204
      1.2496913199113325 1.2103718436910204 1.5337635266088301 1.5680171191509400 1.3618339974955442 1.2496913199113325
      0.1178511301977579 1.6401219466856725
    stddev_pop|n||i|groups between 1 preceding and current row exclude current row
      0.0000000000000000 1.2103718436910204 0.1250000000000000 0.0000000000000000 1.5855247992033707 1.0155048005794950
      1.3385315336840842 0.6218671481916375 0.7500000000000000 0.0000000000000000 2.0446406910642162 1.0069204977995477
      0.1250000000000000 0.5000000000000000
    variance|n||u|
      0.4739583333333333 3.7578125000000000 _ 3.1256944444444444 2.4107142857142857 1.1250000000000000
      2.5662878787878788 2.0812500000000000 3.7578125000000000 0.5833333333333333 2.8136363636363636 1.7854166666666667
      3.3559027777777778 3.7578125000000000
    variance|n||u|rows between 2 preceding and 1 following
      2.7708333333333333 1.1250000000000000 1.1250000000000000 0.2500000000000000 8.2708333333333333 0.5833333333333333
      0.2708333333333333 1.9739583333333333 8.0000000000000000 0.4739583333333333 0.1822916666666667 3.9739583333333333
      0.1250000000000000 5.8958333333333333
    variance|n||i|
      0.0208333333333333 1.8312500000000000 0.0208333333333333 2.5662878787878788 2.1636904761904762 1.8312500000000000
      1.7569444444444444 1.8312500000000000 2.5662878787878788 2.7045454545454545 2.1636904761904762 1.7569444444444444
      0.0208333333333333 2.9888888888888889
    variance|n||i|groups between 1 preceding and current row exclude current row
      0.0000000000000000 1.8312500000000000 0.0312500000000000 _ 3.7708333333333333 1.3750000000000000
      2.6875000000000000 0.5156250000000000 1.1250000000000000 _ 6.2708333333333333 1.5208333333333333
      0.0312500000000000 0.5000000000000000
    var_pop|v||u|
      6.8888888888888889 16.7755102040816327 _ 15.5555555555555556 16.0000000000000000 0.0000000000000000
      18.5950413223140496 16.1875000000000000 16.7755102040816327 9.0000000000000000 14.0400000000000000
      19.2000000000000000 14.8593750000000000 16.0000000000000000
    var_pop|v||u|rows between 2 preceding and 1 following
      16.1875000000000000 6.2500000000000000 0.0000000000000000 6.8888888888888889 24.2222222222222222
      9.0000000000000000 13.5555555555555556 21.1875000000000000 2.2500000000000000 6.8888888888888889
      16.1875000000000000 19.5000000000000000 14.0000000000000000 16.6666666666666667
    var_pop|v||i|
      4.0000000000000000 9.2000000000000000 4.0000000000000000 18.5950413223140496 7.9183673469387755 9.2000000000000000
      20.0000000000000000 9.2000000000000000 18.5950413223140496 19.0000000000000000 7.9183673469387755
      20.0000000000000000 4.0000000000000000 20.0000000000000000
    var_pop|v||i|groups between 1 preceding and current row exclude current row
      0.0000000000000000 10.2500000000000000 4.0000000000000000 0.0000000000000000 5.0000000000000000
      11.5000000000000000 6.8888888888888889 6.5000000000000000 0.2500000000000000 _ 6.6875000000000000
      16.2222222222222222 0.0000000000000000 2.2500000000000000
    var_samp|f||u|
      15.473958333333334 13.08482142857143 _ 9.696875000000002 17.760416666666668 40.5 25.82331730769231 16.2375
      11.460069444444446 22.770833333333332 27.879142992424246 17.760416666666668 10.705555555555557 14.80059523809524
    var_samp|f||u|rows between 2 preceding and 1 following
      19.348958333333332 0.8125 40.5 54.920572916666664 5.25 22.770833333333332 68.50520833333333 6.848958333333333
      1.3072916666666667 15.473958333333334 49.108072916666664 8.083333333333332 1.6393229166666667 10.395833333333332
    var_samp|f||i|
      4.083333333333334 13.29375 4.083333333333334 25.823317307692307 39.580357142857146 13.29375 36.63194444444444
      13.29375 25.823317307692307 30.253409090909088 39.580357142857146 36.63194444444444 4.083333333333334
      33.200694444444444
    var_samp|f||i|groups between 1 preceding and current row exclude current row
      8 16.575 1.125 0.03125 63.432291666666664 5.3625 200 10.875 0.1953125 _ 27.645833333333332 72 3.125 32
    stddev_samp|f||u|
      3.9336952517109576 3.6172947666137785 _ 3.1139805715514672 4.214310936163428 6.363961030678928 5.081664816543129
      4.029578141691758 3.3852724328249337 4.771879434073469 5.280070358662302 4.214310936163428 3.27193452800565
      3.847154173944065
    stddev_samp|f||u|rows between 2 preceding and 1 following
      4.398745086195986 0.9013878188659973 6.363961030678928 7.4108415795148845 2.29128784747792 4.771879434073469
      8.27678731956629 2.617051457907034 1.143368561167687 3.9336952517109576 7.007715242264533 2.8431203515386634
      1.2803604635674544 3.2242570203588503
    stddev_samp|f||i|
      2.0207259421636903 3.646059516793438 2.0207259421636903 5.081664816543128 6.291292167977668 3.646059516793438
      6.052432935972479 3.646059516793438 5.081664816543128 5.500309908624158 6.291292167977668 6.052432935972479
      2.0207259421636903 5.762004377336453
    stddev_samp|f||i|groups between 1 preceding and current row exclude current row
      2.8284271247461903 4.071240597164456 1.0606601717798212 0.1767766952966369 7.964439193481652 2.315707235381882
      14.142135623730951 3.29772648956823 0.4419417382415922 _ 5.257930518115786 8.48528137423857 1.7677669529663689
      5.656854249492381
    count|*|b|u|
      4 5 1 6 4 2 8 4 5 3 7 4 6 5
    count|*|b|u|rows between 2 preceding and 1 following
      3 1 2 2 1 3 2 2 2 4 3 1 1 1
    sum|v|b|u|
      11 11 _ 12 11 0 25 11 11 6 14 11 12 11
    sum|v|b|u|rows between 2 preceding and 1 following
      11 _ 0 3 _ 6 13 11 1 11 14 5 1 _
    max|t|b|u|
      plum plum fig plum plum plum plum plum plum plum plum plum plum plum
    max|t|b|u|rows between 2 preceding and 1 following
      plum olive plum fig olive plum apple pear olive plum fig kiwi fig olive
    string_agg|t, '-'|b|u|
      fig-plum-pear-kiwi fig-plum-pear-kiwi-olive fig fig-plum-pear-kiwi-olive-fig fig-plum-pear-kiwi fig-plum
      fig-plum-pear-kiwi-olive-fig-apple fig-plum-pear-kiwi fig-plum-pear-kiwi-olive fig-plum-pear
      fig-plum-pear-kiwi-olive-fig fig-plum-pear-kiwi fig-plum-pear-kiwi-olive-fig fig-plum-pear-kiwi-olive
    string_agg|t, '-'|b|u|rows between 2 preceding and 1 following
      plum-pear-kiwi olive fig-plum fig olive fig-plum-pear apple pear-kiwi olive-fig fig-plum-pear-kiwi fig-apple kiwi
      fig olive
    """
