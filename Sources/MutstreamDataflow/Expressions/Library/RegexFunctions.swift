import MutstreamColumnar

extension Library {
    static let regex: [LibraryEntry] = regexOperators + regexFunctions

    private static let regexOperators: [LibraryEntry] = [
        LibraryEntry(
            "~", group: .pattern, "Whether a part of the text matches the regular expression.", [.text, .text],
            RegexKernels.checked(.boolean, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.like(ignoresCase: false, isNegated: false) },
        LibraryEntry(
            "~*", group: .pattern, "As `~`, in either case.", [.text, .text],
            RegexKernels.checked(.boolean, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.like(ignoresCase: true, isNegated: false) },
        LibraryEntry(
            "!~", group: .pattern, "Whether no part of the text matches the regular expression.", [.text, .text],
            RegexKernels.checked(.boolean, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.like(ignoresCase: false, isNegated: true) },
        LibraryEntry(
            "!~*", group: .pattern, "As `!~`, in either case.", [.text, .text],
            RegexKernels.checked(.boolean, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.like(ignoresCase: true, isNegated: true) },
        LibraryEntry(
            "similar_to", group: .pattern,
            "Whether the whole text matches the SQL pattern: text, pattern, escape character. `SIMILAR TO` means this.",
            [.text, .text, .text], optional: 1, .boolean
        ) { _, _ in RegexKernels.similar() },
    ]

    private static let regexFunctions: [LibraryEntry] = [
        LibraryEntry(
            "regexp_like", group: .pattern, "Whether a part of the text matches: text, pattern, flags.",
            [.text, .text, .text], optional: 1,
            RegexKernels.checked(.boolean, pattern: 1, flags: 2, refusesGlobal: "regexp_like")
        ) { _, _ in RegexKernels.matches() },
        LibraryEntry(
            "regexp_match", group: .pattern,
            "The groups of the first match, or the match if there are none; NULL: no match.",
            [.text, .text, .text], optional: 1,
            RegexKernels.checked(.array(.text), pattern: 1, flags: 2, refusesGlobal: "regexp_match")
        ) { _, _ in RegexKernels.match() },
        LibraryEntry(
            "regexp_matches", group: .pattern,
            "A row for the first match, with flag g for every match: its groups, or the match if there are none.",
            [.text, .text, .text], optional: 1, RegexKernels.checked(.array(.array(.text)), pattern: 1, flags: 2)
        ) { _, _ in RegexKernels.everyMatch() },
        LibraryEntry(
            "regexp_replace", group: .pattern,
            "The first match, with flag g every, replaced: \\1 … are groups, \\& is the match.",
            [.text, .text, .text, .text], optional: 1, RegexKernels.checked(.text, pattern: 1, flags: 3)
        ) { _, _ in RegexKernels.replace(start: nil, count: nil, flags: 3) },
        LibraryEntry(
            "regexp_replace", group: .pattern,
            "As above from a character on; only that match of a number, 0 means all.",
            [.text, .text, .text, .int, .int, .text], optional: 2, RegexKernels.checked(.text, pattern: 1, flags: 5)
        ) { _, _ in RegexKernels.replace(start: 3, count: 4, flags: 5) },
        LibraryEntry(
            "regexp_split_to_array", "regexp_split_to_table", group: .pattern, "The texts between the matches.",
            [.text, .text, .text], optional: 1,
            RegexKernels.checked(.array(.text), pattern: 1, flags: 2, refusesGlobal: "regexp_split_to_array")
        ) { _, _ in RegexKernels.split() },
        LibraryEntry(
            "regexp_count", group: .pattern, "How many matches there are: text, pattern, start, flags.",
            [.text, .text, .int, .text], optional: 2,
            RegexKernels.checked(.int, pattern: 1, flags: 3, refusesGlobal: "regexp_count")
        ) { _, _ in RegexKernels.count() },
        LibraryEntry(
            "regexp_instr", group: .pattern,
            "Where a match begins (0: none): text, pattern, start, number of the match, 1 for its end, flags, group.",
            [.text, .text, .int, .int, .int, .text, .int], optional: 5,
            RegexKernels.checked(.int, pattern: 1, flags: 5, refusesGlobal: "regexp_instr")
        ) { _, _ in RegexKernels.place() },
        LibraryEntry(
            "regexp_substr", group: .pattern,
            "A match (NULL: none): text, pattern, start, number of the match, flags, group.",
            [.text, .text, .int, .int, .text, .int], optional: 4,
            RegexKernels.checked(.text, pattern: 1, flags: 4, refusesGlobal: "regexp_substr")
        ) { _, _ in RegexKernels.part(start: 2, number: 3, flags: 4, group: 5) },
        LibraryEntry(
            "substring", "substr", group: .pattern, "The first match, or its first group: `substring(text FROM pattern)`.",
            [.text, .text], RegexKernels.checked(.text, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.firstGroup() },
        LibraryEntry(
            "substring", group: .pattern,
            "What lies between the marks of an SQL pattern: text, pattern, escape character.",
            [.text, .text, .text], .text
        ) { _, _ in RegexKernels.similarPart() },
        LibraryEntry(
            "regexp_extract", group: .pattern,
            "A group of the first match (0: the match; NULL: none), as in Flink: text, pattern, number.",
            [.text, .text, .int], optional: 1, RegexKernels.checked(.text, pattern: 1, flags: nil)
        ) { _, _ in RegexKernels.extract() },
    ]
}
