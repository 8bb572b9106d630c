# Contradictions: pairs of claims that dispute each other or are hard to hold together.
contradictions-title = Where the record disagrees
contradictions-lead = Two texts, and the voices inside them, do not always say the same. Here every such pair stands side by side, with the editors’ note. Nothing is decided: a tension is two statements that are hard to hold together, a dispute is one voice that says another is wrong.

contradictions-group-between = Between the texts
contradictions-group-within = Within one text
contradictions-group-registers = Against outside registers
contradictions-meaning-between = One text says one thing, the other text another.
contradictions-meaning-within = A text strains against itself, or voices that it quotes against each other.
contradictions-meaning-registers = Items of Wikidata and GeoNames that look like a thing of this record and are not the same.

contradictions-count-disputes = { $count ->
    [one] 1 dispute
   *[other] { $count } disputes
}
contradictions-count-tension = { $count ->
    [one] 1 tension
   *[other] { $count } tensions
}
contradictions-count-apart = { $count } kept apart
contradictions-kinds = Kinds of contradiction

contradictions-filter = Narrow the pairs
contradictions-link = How they stand to each other
contradictions-about = About
contradictions-source = Source of either
contradictions-any = Any
contradictions-show = Show
contradictions-clear = Show all pairs
contradictions-link-disputes = disputes
contradictions-link-tension = in tension with
contradictions-link-apart = is not
contradictions-choice-disputes = Disputes only
contradictions-choice-tension = Tensions only
contradictions-choice-apart = Kept apart from a register

contradictions-range = Pairs { $first } to { $last } of { $total }
contradictions-more = All { $total } of this kind
contradictions-prev = Previous pairs
contradictions-next = Next pairs
contradictions-pages = Pages of pairs
contradictions-note = Editors’ note
contradictions-about-both = Both speak of
contradictions-about-one = They speak of
contradictions-undated = no date given
contradictions-own-voice = in the source’s own voice
contradictions-register-wikidata = Wikidata
contradictions-register-geonames = GeoNames
contradictions-register-item = { $register } { $item }
contradictions-why = Why they are kept apart
contradictions-evidence = Evidence: { $evidence }
contradictions-confidence = confidence { $confidence }
contradictions-none = No pair answers this choice.
contradictions-none-try = Take a filter away, or
contradictions-files = The files have all pairs of this choice, whatever page is shown.
