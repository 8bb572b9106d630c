# The front page.
home-title = Who pledged to whom, and who says so
home-kicker = A research record of two texts · not a screening list
home-standfirst = Pledges, mergers, splits, leaders, money, alliances and fights of the armed groups around Islamic State – Khorasan Province, as two texts tell them. Every line can be followed down to the passage that says it, and what is denied, alleged, planned or unclear stays so.
home-search = Find a group, person or place, in any spelling
home-try = Try
home-try-1 = Khliafat Afghan
home-try-2 = Hekmatyar
home-try-3 = داعش
home-try-4 = ISIL-K

home-picture = What the texts date, and how firmly
home-picture-each = { $each ->
    [one] Each mark is one claim that dates something within a year.
   *[other] Each mark is about { $each } claims that date something within a year.
}
home-picture-earlier = { $count ->
    [0] { "" }
    [one] One more is of a year from { $first } on.
   *[other] { $count } more are of earlier years, from { $first } on.
}
home-picture-column = { $year }: { $count ->
    [0] no claims
    [one] 1 claim
   *[other] { $count } claims
}. Read what happened in { $year }.
home-year = Year
home-year-all = All
home-tone-stated = stated
home-tone-voiced = reported or self-claimed
home-tone-doubtful = alleged or speculated
home-tone-open = planned or outcome unknown
home-tone-denied = denied

home-ways = Ways to look
home-way-network = Network
home-way-network-says = Who stood with whom on a day
home-way-timeline = Timeline
home-way-timeline-says = What happened when, softly dated
home-way-lineage = Lineage
home-way-lineage-says = Who came out of whom
home-way-map = Map
home-way-map-says = Where they were, where they struck
home-way-contradictions = Contradictions
home-way-contradictions-says = Where the texts disagree
home-way-compare = Compare
home-way-compare-says = Two groups, or two texts, in columns
home-way-questions = Questions
home-way-questions-says = { $count } ready questions, with forms
home-way-sparql = SPARQL
home-way-sparql-says = Ask your own, or take the data
home-way-ontology = Ontology
home-way-ontology-says = What each term means

home-questions = Five questions, answered from the record as it stands
home-busy = All workers are busy with other questions just now, so that the answers cannot be shown; load the page again in a moment.
home-full = The full answer
home-full-of = The full answer to: { $question }
home-left = { $count ->
    [one] One more in
   *[other] { $count } more in
}
home-own-voice = the source’s own words
home-undated = no date given

home-ask-became = Which groups became ISIS–K, and on whose word?
home-ask-became-note = Stated to have merged into it. What was only planned, or hoped for, stands further down.
home-ask-founded = When was ISIS–K founded?
home-ask-founded-note = Each date given, and the text that gives it. They date different things: forming, announcing, an official act.
home-ask-backed = Did Hekmatyar’s party back ISIS–K?
home-ask-backed-note = A supposed statement and its denial. The record does not decide between them.
home-ask-backed-yes = What was put about
home-ask-backed-no = What was answered
home-ask-planned = Which mergers were planned and may never have happened?
home-ask-planned-note = No claim in the record says that these came about.
home-ask-held = Who was with and against ISIS–K on 1 October 2016?
home-ask-held-note = Certain: the dates given enclose the day. Possible: nothing known excludes it, and an end that is not told is not known.
home-held-with = Allied
home-held-truce = At truce
home-held-against = Fighting
home-certain = certain
home-possible = possible

home-is = What this is
home-is-1 = A record of what two English texts say about organisations and public actors, sentence by sentence, in our own words, each with the paragraph it comes from.
home-is-2 = A way to check: mode, voice, date as written and date as bounds stay with each claim, in every picture and every file.
home-is-3 = Open data, to cite by version: this is version { $version }.
home-is-not = What it is not
home-is-not-1 = Not a screening list. Being named here says nothing of guilt, and a name that looks alike is often another’s.
home-is-not-2 = Not the world. Both texts lean on one author, so that their agreement is one witness, not two.
home-is-not-3 = Not a verdict. Where claims conflict both are shown; where an end is not told it is not known.
home-for = Whom it is for
home-for-1 = Journalists who need the sentence behind a line on a chart.
home-for-2 = Analysts and students who need dated relations with their source, as files.
home-for-3 = Editors who decide how firmly a thing may be said.
home-holds = What it holds
home-count-Claim = claims
home-count-Passage = passages
home-count-Organisation = organisations
home-count-Person = persons
home-count-Place = places
home-count-Occurrence = occurrences
