/// Frames as PostgreSQL 15 makes them: the rows each row sees, by their letters.
///
/// ```
/// unit|order|start|end|exclusion
///   frames of rows a to g
///   frames of rows h to n; - is an empty one
/// ```
let recordedTable = """
    a|4|1|0.5|2024-01-30 10:00:00|1.25|1 day|2024-01-31|5|1.5|kiwi|t
    b|9|3|NULL|2024-02-29 00:00:00|NULL|30 days|2024-02-28|-2|2.25|apple|f
    c|1|1|1|2024-02-29 10:00:00|1.5|1 mon|2024-02-29|NULL|-1|fig|t
    d|12|NULL|-0|NULL|2|29 days 12:00:00|NULL|7|0.125|kiwi|NULL
    e|7|5|2|2024-03-31 12:00:00|-1|NULL|2024-03-31|3|NULL|NULL|f
    f|2|3|NaN|2024-03-01 00:00:00|0|2 days|2024-03-01|0|8|plum|t
    g|14|6|Infinity|2024-01-31 10:00:00|1.25|00:30:00|2024-01-30|11|4|apple|t
    h|5|3|1.5|2024-02-28 23:00:00|3.75|60 days|2024-03-02|-4|-2.5|lime|f
    i|10|NULL|0|2024-04-30 00:00:00|NULL|2 mons|2024-04-30|NULL|1|date|NULL
    j|3|9|2.5|NULL|0.5|1 day|2024-02-28|6|0.75|pear|t
    k|13|5|1|2024-01-31 10:00:00|1|NULL|2024-05-01|2|16|NULL|t
    l|6|6|-Infinity|2023-12-31 00:00:00|2.25|-1 days|2023-12-31|8|-4|kiwi|f
    m|11|1|NaN|2024-02-29 10:00:00|1.5|29 days|NULL|1|3|fig|t
    n|8|7|NULL|2024-05-01 00:00:00|-2.5|3 days|2024-01-31|NULL|0.5|olive|t
    """

let recordedFrames = """
    rows|u|unbounded preceding|current row|no others
      acfj abcefhjln c abcdefhijlmn acefhjl cf abcdefghijklmn
      acfhj abcefhijln cfj abcdefhijklmn acfhjl abcefhijlmn acefhjln
    rows|u|unbounded preceding|unbounded following|no others
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
    rows|u|current row|unbounded following|no others
      abdeghiklmn bdgikm abcdefghijklmn dgk bdegikmn abdefghijklmn g
      bdeghiklmn dgikm abdeghijklmn gk bdegiklmn dgkm bdgikmn
    rows|u|2 preceding|current row|no others
      afj ben c dim ehl cf dgk
      ahj bin cfj dkm ahl bim eln
    rows|u|current row|2 following|no others
      ahl bim cfj dgk ben afj g
      ehl dim ahj gk eln dkm bin
    rows|u|1 preceding|2 following|no others
      ahjl bimn cfj dgkm beln acfj gk
      aehl bdim afhj dgk ehln dikm bein
    rows|u|2 preceding|1 preceding|no others
      fj en - im hl c dk
      aj bn cf dm ah bi el
    rows|u|1 following|2 following|no others
      hl im fj gk bn aj -
      el dm ah g en dk bi
    rows|u|unbounded preceding|1 preceding|no others
      cfj acefhjln - abcefhijlmn acfhjl c abcdefhijklmn
      acfj abcefhjln cf abcdefhijlmn acfhj abcefhijln acefhjl
    rows|u|1 following|unbounded following|no others
      bdeghiklmn dgikm abdefghijklmn gk bdgikmn abdeghijklmn -
      bdegiklmn dgkm abdeghiklmn g bdegikmn dgk bdgikm
    rows|u|unbounded preceding|1 following|no others
      acfhj abcefhijln cf abcdefhijklmn acefhjln cfj abcdefghijklmn
      acfhjl abcefhijlmn acfj abcdefghijklmn acefhjl abcdefhijlmn abcefhjln
    rows|u|current row|current row|no others
      a b c d e f g
      h i j k l m n
    rows|i,id|unbounded preceding|unbounded following|current row
      bcdefghijklmn acdefghijklmn abdefghijklmn abcefghijklmn abcdfghijklmn abcdeghijklmn abcdefhijklmn
      abcdefgijklmn abcdefghjklmn abcdefghiklmn abcdefghijlmn abcdefghijkmn abcdefghijkln abcdefghijklm
    rows|i,id|2 preceding|current row|current row
      - cm a jn fh bm ek
      bf dj ln eh gk ac gl
    rows|i,id|1 preceding|2 following|current row
      cm fhm abm ij ghk beh kln
      efk d din egl gjn bcf djl
    rows|i,id|current row|current row|current row
      - - - - - - -
      - - - - - - -
    rows|i,id|unbounded preceding|unbounded following|group
      bcdefghijklmn acdefghijklmn abdefghijklmn abcefghijklmn abcdfghijklmn abcdeghijklmn abcdefhijklmn
      abcdefgijklmn abcdefghjklmn abcdefghiklmn abcdefghijlmn abcdefghijkmn abcdefghijkln abcdefghijklm
    rows|i,id|2 preceding|current row|group
      - cm a jn fh bm ek
      bf dj ln eh gk ac gl
    rows|i,id|1 preceding|2 following|group
      cm fhm abm ij ghk beh kln
      efk d din egl gjn bcf djl
    rows|i,id|current row|current row|group
      - - - - - - -
      - - - - - - -
    rows|i,id|unbounded preceding|unbounded following|ties
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
    rows|i,id|2 preceding|current row|ties
      a bcm ac djn efh bfm egk
      bfh dij jln ehk gkl acm gln
    rows|i,id|1 preceding|2 following|ties
      acm bfhm abcm dij eghk befh gkln
      efhk di dijn egkl gjln bcfm djln
    rows|i,id|current row|current row|ties
      a b c d e f g
      h i j k l m n
    groups|i|unbounded preceding|current row|no others
      acm abcfhm acm abcdefghijklmn abcefhkm abcfhm abcefghklm
      abcfhm abcdefghijklmn abcefghjklmn abcefhkm abcefghklm acm abcefghklmn
    groups|i|unbounded preceding|unbounded following|no others
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
    groups|i|current row|unbounded following|no others
      abcdefghijklmn bdefghijkln abcdefghijklmn di degijkln bdefghijkln dgijln
      bdefghijkln di dij degijkln dgijln abcdefghijklmn dijn
    groups|i|2 preceding|current row|no others
      acm abcfhm acm dijn abcefhkm abcfhm befghkl
      abcfhm dijn gjln abcefhkm befghkl acm egkln
    groups|i|current row|2 following|no others
      abcefhkm befghkl abcefhkm di egkln befghkl gjln
      befghkl di dij egkln gjln abcefhkm dijn
    groups|i|1 preceding|2 following|no others
      abcefhkm abcefghklm abcefhkm dij befghkln abcefghklm egjkln
      abcefghklm dij dijn befghkln egjkln abcefhkm dgijln
    groups|i|2 preceding|1 preceding|no others
      - acm - jn abcfhm acm befhk
      acm jn gln abcfhm befhk - egkl
    groups|i|1 following|2 following|no others
      befhk egkl befhk - gln egkl jn
      egkl - di gln jn befhk dij
    groups|i|unbounded preceding|1 preceding|no others
      - acm - abcefghjklmn abcfhm acm abcefhkm
      acm abcefghjklmn abcefghklmn abcfhm abcefhkm - abcefghklm
    groups|i|1 following|unbounded following|no others
      bdefghijkln degijkln bdefghijkln - dgijln degijkln dijn
      degijkln - di dgijln dijn bdefghijkln dij
    groups|i|unbounded preceding|1 following|no others
      abcfhm abcefhkm abcfhm abcdefghijklmn abcefghklm abcefhkm abcefghklmn
      abcefhkm abcdefghijklmn abcdefghijklmn abcefghklm abcefghklmn abcfhm abcefghjklmn
    groups|i|current row|current row|no others
      acm bfh acm di ek bfh gl
      bfh di j ek gl acm n
    groups|i|unbounded preceding|unbounded following|current row
      bcdefghijklmn acdefghijklmn abdefghijklmn abcefghijklmn abcdfghijklmn abcdeghijklmn abcdefhijklmn
      abcdefgijklmn abcdefghjklmn abcdefghiklmn abcdefghijlmn abcdefghijkmn abcdefghijkln abcdefghijklm
    groups|i|2 preceding|current row|current row
      cm acfhm am ijn abcfhkm abchm befhkl
      abcfm djn gln abcefhm befghk ac egkl
    groups|i|1 preceding|2 following|current row
      bcefhkm acefghklm abefhkm ij bfghkln abceghklm ejkln
      abcefgklm dj din befghln egjkn abcefhk dgijl
    groups|i|current row|current row|current row
      cm fh am i k bh l
      bf d - e g ac -
    groups|i|unbounded preceding|unbounded following|group
      bdefghijkln acdegijklmn bdefghijkln abcefghjklmn abcdfghijlmn acdegijklmn abcdefhijkmn
      acdegijklmn abcefghjklmn abcdefghiklmn abcdfghijlmn abcdefhijkmn bdefghijkln abcdefghijklm
    groups|i|2 preceding|current row|group
      - acm - jn abcfhm acm befhk
      acm jn gln abcfhm befhk - egkl
    groups|i|1 preceding|2 following|group
      befhk acegklm befhk j bfghln acegklm ejkn
      acegklm j din bfghln ejkn befhk dgijl
    groups|i|current row|current row|group
      - - - - - - -
      - - - - - - -
    groups|i|unbounded preceding|unbounded following|ties
      abdefghijkln abcdegijklmn bcdefghijkln abcdefghjklmn abcdefghijlmn acdefgijklmn abcdefghijkmn
      acdeghijklmn abcefghijklmn abcdefghijklmn abcdfghijklmn abcdefhijklmn bdefghijklmn abcdefghijklmn
    groups|i|2 preceding|current row|ties
      a abcm c djn abcefhm acfm befghk
      achm ijn gjln abcfhkm befhkl m egkln
    groups|i|1 preceding|2 following|ties
      abefhk abcegklm bcefhk dj befghln acefgklm egjkn
      aceghklm ij dijn bfghkln ejkln befhkm dgijln
    groups|i|current row|current row|ties
      a b c d e f g
      h i j k l m n
    range|i|unbounded preceding|current row|no others
      acm abcfhm acm abcdefghijklmn abcefhkm abcfhm abcefghklm
      abcfhm abcdefghijklmn abcefghjklmn abcefhkm abcefghklm acm abcefghklmn
    range|i|unbounded preceding|unbounded following|no others
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
      abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn abcdefghijklmn
    range|i|current row|unbounded following|no others
      abcdefghijklmn bdefghijkln abcdefghijklmn di degijkln bdefghijkln dgijln
      bdefghijkln di dij degijkln dgijln abcdefghijklmn dijn
    range|i|3 preceding|current row|no others
      acm abcfhm acm di befhk abcfhm befghkl
      abcfhm di gjln befhk befghkl acm egkln
    range|i|current row|3 following|no others
      abcfhm befghkl abcfhm di egkln befghkl gjln
      befghkl di j egkln gjln abcfhm jn
    range|i|1 preceding|3 following|no others
      abcfhm befghkl abcfhm di egkln befghkl egjkln
      befghkl di j egkln egjkln abcfhm gjln
    range|i|3 preceding|1 preceding|no others
      - acm - di bfh acm befhk
      acm di gln bfh befhk - egkl
    range|i|1 following|3 following|no others
      bfh egkl bfh di gln egkl jn
      egkl di - gln jn bfh j
    range|i|unbounded preceding|1 preceding|no others
      - acm - abcdefghijklmn abcfhm acm abcefhkm
      acm abcdefghijklmn abcefghklmn abcfhm abcefhkm - abcefghklm
    range|i|1 following|unbounded following|no others
      bdefghijkln degijkln bdefghijkln di dgijln degijkln dijn
      degijkln di di dgijln dijn bdefghijkln dij
    range|i|unbounded preceding|1 following|no others
      acm abcfhm acm abcdefghijklmn abcefghklm abcfhm abcefghklmn
      abcfhm abcdefghijklmn abcefghjklmn abcefghklm abcefghklmn acm abcefghklmn
    range|i|current row|current row|no others
      acm bfh acm di ek bfh gl
      bfh di j ek gl acm n
    range|i|unbounded preceding|unbounded following|current row
      bcdefghijklmn acdefghijklmn abdefghijklmn abcefghijklmn abcdfghijklmn abcdeghijklmn abcdefhijklmn
      abcdefgijklmn abcdefghjklmn abcdefghiklmn abcdefghijlmn abcdefghijkmn abcdefghijkln abcdefghijklm
    range|i|3 preceding|current row|current row
      cm acfhm am i bfhk abchm befhkl
      abcfm d gln befh befghk ac egkl
    range|i|1 preceding|3 following|current row
      bcfhm efghkl abfhm i gkln beghkl ejkln
      befgkl d - egln egjkn abcfh gjl
    range|i|current row|current row|current row
      cm fh am i k bh l
      bf d - e g ac -
    range|i|unbounded preceding|unbounded following|group
      bdefghijkln acdegijklmn bdefghijkln abcefghjklmn abcdfghijlmn acdegijklmn abcdefhijkmn
      acdegijklmn abcefghjklmn abcdefghiklmn abcdfghijlmn abcdefhijkmn bdefghijkln abcdefghijklm
    range|i|3 preceding|current row|group
      - acm - - bfh acm befhk
      acm - gln bfh befhk - egkl
    range|i|1 preceding|3 following|group
      bfh egkl bfh - gln egkl ejkn
      egkl - - gln ejkn bfh gjl
    range|i|current row|current row|group
      - - - - - - -
      - - - - - - -
    range|i|unbounded preceding|unbounded following|ties
      abdefghijkln abcdegijklmn bcdefghijkln abcdefghjklmn abcdefghijlmn acdefgijklmn abcdefghijkmn
      acdeghijklmn abcefghijklmn abcdefghijklmn abcdfghijklmn abcdefhijklmn bdefghijklmn abcdefghijklmn
    range|i|3 preceding|current row|ties
      a abcm c d befh acfm befghk
      achm i gjln bfhk befhkl m egkln
    range|i|1 preceding|3 following|ties
      abfh begkl bcfh d egln efgkl egjkn
      eghkl i j gkln ejkln bfhm gjln
    range|i|current row|current row|ties
      a b c d e f g
      h i j k l m n
    range|i desc|3 preceding|current row|no others
      abcfhm befghkl abcfhm di egkln befghkl gjln
      befghkl di j egkln gjln abcfhm jn
    range|i desc|current row|3 following|no others
      acm abcfhm acm di befhk abcfhm befghkl
      abcfhm di gjln befhk befghkl acm egkln
    range|i desc|1 preceding|3 following|no others
      acm abcfhm acm di befghkl abcfhm befghkln
      abcfhm di gjln befghkl befghkln acm egkln
    range|i desc|3 preceding|1 preceding|no others
      bfh egkl bfh di gln egkl jn
      egkl di - gln jn bfh j
    range|i desc|1 following|3 following|no others
      - acm - di bfh acm befhk
      acm di gln bfh befhk - egkl
    range|i nulls first|3 preceding|current row|no others
      acm abcfhm acm di befhk abcfhm befghkl
      abcfhm di gjln befhk befghkl acm egkln
    range|i nulls first|current row|3 following|no others
      abcfhm befghkl abcfhm di egkln befghkl gjln
      befghkl di j egkln gjln abcfhm jn
    range|i nulls first|1 preceding|3 following|no others
      abcfhm befghkl abcfhm di egkln befghkl egjkln
      befghkl di j egkln egjkln abcfhm gjln
    range|i nulls first|3 preceding|1 preceding|no others
      - acm - di bfh acm befhk
      acm di gln bfh befhk - egkl
    range|i nulls first|1 following|3 following|no others
      bfh egkl bfh di gln egkl jn
      egkl di - gln jn bfh j
    range|d|1 preceding|current row|no others
      adi bn acdik di cehk fm g
      achk di ehj acdik l fm bn
    range|d|current row|1 following|no others
      achk bn cehk acdik ej fm g
      ehj acdik j cehk l fm bn
    range|d|0.5 preceding|1 following|no others
      acdhik bn acehk acdik ehj fm g
      cehjk acdik ej acehk l fm bn
    range|d|1 preceding|0.5 preceding|no others
      di bn adi - chk fm g
      ack - eh adi l fm bn
    range|d|0.5 following|1 following|no others
      chk bn eh ack j fm g
      ej ack - eh l fm bn
    range|d desc nulls last|1 preceding|current row|no others
      achk bn cehk acdik ej fm g
      ehj acdik j cehk l fm bn
    range|d desc nulls last|current row|1 following|no others
      adi bn acdik di cehk fm g
      achk di ehj acdik l fm bn
    range|d desc nulls last|0.5 preceding|1 following|no others
      acdik bn acdhik adi cehjk fm g
      acehk adi ehj acdhik l fm bn
    range|d desc nulls last|1 preceding|0.5 preceding|no others
      chk bn eh ack j fm g
      ej ack - eh l fm bn
    range|d desc nulls last|0.5 following|1 following|no others
      di bn adi - chk fm g
      ack - eh adi l fm bn
    range|n|1.5 preceding|current row|no others
      afgjk bi acfgjkm acdgjkm en ef afgjk
      hl bi efj fjk acdgklm acfgjkm n
    range|n|current row|1.5 following|no others
      acdglm bi cdlm dl efj acfgjkm acdglm
      h bi acdgjkm acdgklm hl cdlm en
    range|n|0.25 preceding|1.5 following|no others
      acdgklm bi acdglm dl efj acfgjkm acdgklm
      h bi acdgjkm acdgklm dhl acdglm en
    range|n|1.5 preceding|0.25 preceding|no others
      fjk bi afgjk acgjkm n e fjk
      l bi ef fj acdgkm afgjk -
    range|n|0.25 following|1.5 following|no others
      cdlm bi dl l fj acgjkm cdlm
      - bi acdgkm acdglm h dl e
    range|ts|'1 mon' preceding|current row|no others
      al abghk abcghkm dj ef bcfhm agk
      aghk ei dj agk l abcghkm in
    range|ts|current row|'1 mon' following|no others
      abcghkm bcfm cfm dj ei ef bcghkm
      bcfhm in dj bcghkm al cfm n
    range|ts|'12:00' preceding|'1 mon' following|no others
      abcghkm bcfhm bcfhm dj ei ef bcghkm
      bcfhm in dj bcghkm al bcfhm n
    range|ts|'1 mon' preceding|'12:00' preceding|no others
      l agk agk dj f bchm a
      agk e dj a - agk i
    range|ts|'12:00' following|'1 mon' following|no others
      bcghkm f f dj i e bchm
      f n dj bchm a f -
    range|ts desc|'1 mon' preceding|current row|no others
      abcghkm bcfm cfm dj ei ef bcghkm
      bcfhm in dj bcghkm al cfm n
    range|ts desc|current row|'1 mon' following|no others
      al abghk abcghkm dj ef bcfhm agk
      aghk ei dj agk l abcghkm in
    range|ts desc|'12:00' preceding|'1 mon' following|no others
      al abcghkm abcghkm dj ef bcfhm agk
      abcghkm ei dj agk l abcghkm in
    range|ts desc|'1 mon' preceding|'12:00' preceding|no others
      bcghkm f f dj i e bchm
      f n dj bchm a f -
    range|ts desc|'12:00' following|'1 mon' following|no others
      l agk agk dj f bchm a
      agk e dj a - agk i
    range|dt|'1 mon 12:00' preceding|current row|no others
      agln abgjn abcgjn dm cefh bcfj gl
      bcfhj ei abgjn ik l dm agln
    range|dt|current row|'1 mon 12:00' following|no others
      abcjn bcfhj cfh dm ei efh abcgjn
      eh ik bcfhj k agln dm abcjn
    range|dt|'1 day' preceding|'1 mon 12:00' following|no others
      abcgjn bcfhj bcfhj dm ei cefh abcgjn
      efh ik bcfhj ik agln dm abcgjn
    range|dt|'1 mon 12:00' preceding|'1 day' preceding|no others
      gl agn abgjn dm cfh bcj l
      bcfj e agn i - dm gl
    range|dt|'1 day' following|'1 mon 12:00' following|no others
      bcj cfh fh dm i eh abcjn
      e k cfh - agn dm bcj
    range|dt desc|'1 mon 12:00' preceding|current row|no others
      abcjn bcfhj cfh dm ei efh abcgjn
      eh ik bcfhj k agln dm abcjn
    range|dt desc|current row|'1 mon 12:00' following|no others
      agln abgjn abcgjn dm cefh bcfj gl
      bcfhj ei abgjn ik l dm agln
    range|dt desc|'1 day' preceding|'1 mon 12:00' following|no others
      agln abcgjn abcfgjn dm cefh bcfhj agln
      bcfhj eik abcgjn ik l dm agln
    range|dt desc|'1 mon 12:00' preceding|'1 day' preceding|no others
      bcj cfh fh dm i eh abcjn
      e k cfh - agn dm bcj
    range|dt desc|'1 day' following|'1 mon 12:00' following|no others
      gl agn abgjn dm cfh bcj l
      bcfj e agn i - dm gl
    range|sp|'1 mon' preceding|current row|no others
      agjl abcdfgjmn abcdfgjmn adfgjmn ek afgjl gl
      bchi bchi agjl ek l afgjlmn afgjln
    range|sp|current row|'1 mon' following|no others
      abcdfjmn bchi bchi bcd ek bcdfmn abcdfgjmn
      hi hi abcdfjmn ek afgjlmn bcdm bcdmn
    range|sp|'1 day' preceding|'1 mon' following|no others
      abcdfgjmn bcdhim bcdhim bcdm ek abcdfjmn abcdfgjmn
      hi hi abcdfgjmn ek afgjlmn bcdm bcdfmn
    range|sp|'1 mon' preceding|'1 day' preceding|no others
      l afgjmn afgjmn afgjn ek agjl l
      bc bc l ek - afgjln afgjl
    range|sp|'1 day' following|'1 mon' following|no others
      bcdfmn hi hi - ek bcdmn bcdfmn
      - - bcdfmn ek afgjmn bc bcdm
    """
