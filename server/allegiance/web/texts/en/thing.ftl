# The pages of things: groups, persons, places, sources, occurrences, claims and the rest.
thing-contents = On this page
thing-differs = other claims date it otherwise
thing-counted = { $claims ->
    [one] One claim
   *[other] { $claims } claims
} on { $matters ->
    [one] one matter.
   *[other] { $matters } matters.
}
thing-attested = Dates in the record run from { $first } to { $last }.
thing-attested-one = Dates in the record are of { $first }.
thing-also = Also written
thing-elsewhere = Elsewhere
thing-facts-what = Only what is stated plainly and disputed by no other claim; what is hedged stands in the sections below.
thing-claims-cut = Only { $count } claims are read for this page; the data has them all.
thing-beware = Not to be confused with
thing-beware-why = Why
thing-nothing = The record has nothing but its name.
thing-undated = no date
thing-more = and { $count } more
thing-and-more = and { $count } more
thing-rest = { $count ->
    [one] Show one more
   *[other] Show { $count } more
}
thing-cut = { $count ->
    [one] One more is not shown here;
   *[other] { $count } more are not shown here;
}
thing-cut-where = all are in
thing-cut-data = the data
thing-count-claims = { $count ->
    [one] 1 claim
   *[other] { $count } claims
}
thing-claims-count = { $count ->
    [one] 1 claim
   *[other] { $count } claims
}
thing-loading = Fetching the claims …
thing-load-failed = The claims could not be fetched; the link leads to them.
thing-open-page = Open its own page
thing-ways = See it in
thing-way-network = the network
thing-way-timeline = the timeline
thing-way-lineage = the lineage
thing-way-map = the map
thing-way-compare = a comparison

# Sections.
thing-section-itself = Origins and description
thing-section-beginnings = Founding and recognition
thing-section-leaders = Leaders and posts
thing-section-pledges = Pledges and allegiance
thing-section-mergers = Mergers and absorptions
thing-section-splits = Splits and defections
thing-section-parts = Parts and members
thing-section-alliances = Alliances and support
thing-section-hostilities = Hostilities, attacks and operations
thing-section-ceasefires = Ceasefires, agreements and negotiations
thing-section-ties = Ties
thing-section-presence = Presence and movements
thing-section-numbers = Strength, recruitment and funding
thing-section-fates = Deaths, arrests and releases
thing-section-words = Statements and publications
thing-section-aims = Aims and orientation
thing-section-conduct = Conduct
thing-section-assessments = Assessments
thing-section-path = Path
thing-section-happened = What happened here
thing-section-further = Further

# Pictures.
thing-lineage = Lineage
thing-lineage-what = Immediate predecessors on the left, successors on the right. A broken line is not stated plainly: planned, alleged, denied or contested.
thing-lineage-whole = The whole lineage
thing-lineage-picture = Predecessors and successors of { $name }
thing-before = Came before
thing-after = Came after
thing-kin-who = Group
thing-kin-how = How
thing-kin-when = When
thing-kin-said = Said
thing-leaders-picture = Who held which post, over time
thing-path = In time
thing-path-picture = What the record dates in this life
thing-path-what = A solid bar is certain, a pale one possible; a bar that fades has no known end. Each opens to its claims.
thing-bar = { $label }, { $sub }: { $when }
thing-bar-undated = { $label }, { $sub }: no date
thing-counts = Numbers
thing-counts-what = Each number with its range and the one who gives it; ≈ marks one that the source gives only roughly. Numbers of different claimants are not added up.
thing-counts-picture = { $kind }, in { $unit }
thing-counts-picture-plain = { $kind }
thing-count-when = When
thing-count-number = Number
thing-count-what = What is said
thing-count-who = Who says so
thing-count-mark = { $who }: { $low } to { $high } { $unit }, { $when }
thing-count-mark-one = { $who }: { $low } { $unit }, { $when }
thing-count-mark-about = { $who }: about { $low } { $unit }, { $when }
thing-count-how = { $mark } · { $how }
thing-count-source = the text itself
thing-approximate = roughly
thing-certain = certain
thing-possible = possible
thing-hedged = not stated plainly
thing-unknown-end = end unknown

# Days.
thing-on = { $day }
thing-on-between = { $first } to { $last }
thing-on-by = by { $day }
thing-on-after = { $day } or later
thing-from = since { $day }
thing-from-between = since { $first } … { $last }
thing-from-by = since { $day } or before
thing-from-after = since { $day } or later
thing-until = until { $day }
thing-until-between = until { $first } … { $last }
thing-until-by = until { $day } or before
thing-until-after = until { $day } or later
thing-span = { $first }, { $last }
thing-at-least = at least { $first } to { $last }
thing-when = When

# Places.
thing-where = Where it is
thing-within = Within
thing-contains = Contains
thing-point = One point stands for it on maps: { $latitude }° N, { $longitude }° E. It is no border.
thing-no-point = The record has no point for it, and none is guessed.
thing-map-picture = Where { $name } lies

# Names, look-alikes, registers.
thing-names = Names
thing-preferred = used here
thing-lang-en = English
thing-lang-ar-latn = Arabic in Latin letters
thing-lang-ar-arab = Arabic
thing-lang-ar = Arabic
thing-lang-fa-latn = Persian in Latin letters
thing-lang-fa-arab = Persian
thing-lang-ps-latn = Pashto in Latin letters
thing-lang-ps-arab = Pashto
thing-lang-ur-latn = Urdu in Latin letters
thing-lang-ur-arab = Urdu
thing-lang-uz-latn = Uzbek in Latin letters
thing-lang-uz-cyrl = Uzbek in Cyrillic letters
thing-lang-tg-latn = Tajik in Latin letters
thing-lang-tg-cyrl = Tajik
thing-confused = Not to be confused with
thing-verdict-Different = Different
thing-verdict-Unsure = Unsure
thing-verdict-Same = The same
thing-judgement = How it was judged
thing-registers = In other registers
thing-register-wikidata = Wikidata
thing-register-geonames = GeoNames
thing-register-other = Other register
thing-match-exactMatch = the same
thing-match-closeMatch = close
thing-match-broadMatch = broader
thing-match-narrowMatch = narrower
thing-match-relatedMatch = related
thing-match-not = not the same
thing-evidence = Evidence
thing-evidence-from = Found in
thing-comment = Comment
thing-confidence = Confidence
thing-verification = Verification

# Facts of the summary.
thing-fact-componentOf = Part of
thing-fact-mergedInto = Merged into
thing-fact-splitFrom = Split from
thing-fact-ledBy = Led by
thing-fact-leads = Led
thing-fact-memberOf = Member of
thing-fact-pledgedTo = Pledged to
thing-fact-recognisedBy = Recognised by
thing-fact-fundedBy = Funded by
thing-fact-supportedBy = Supported by
thing-fact-alliedWith = Allied with
thing-fact-ceasefireWith = Ceasefire with
thing-fact-hostileTo = Hostile to
thing-fact-defectedTo = Defected to
thing-fact-designatedBy = Designated by
thing-fact-presentIn = Present in
thing-fact-orientation = Orientation
thing-fact-within = Within
thing-fact-seat = Seat
thing-fact-creator = Author
thing-fact-derivesFrom = Derives from
thing-fact-sourceKind = Kind
thing-edge-componentOf = is part of
thing-edge-mergedInto = merged into
thing-edge-splitFrom = split from
thing-edge-ledBy = was led by
thing-edge-memberOf = is a member of
thing-edge-pledgedTo = pledged to
thing-edge-recognisedBy = was recognised by
thing-edge-fundedBy = was funded by
thing-edge-supportedBy = was supported by
thing-edge-alliedWith = is allied with
thing-edge-ceasefireWith = had a ceasefire with
thing-edge-hostileTo = is hostile to
thing-edge-defectedTo = defected to
thing-edge-designatedBy = was designated by
thing-edge-presentIn = is present in
thing-edge-linkedTo = has ties to
thing-edge-differentFrom = is not

# Occurrences and claims.
thing-claims = Claims
thing-claims-here = Claims that rest on this passage
thing-claims-behind = The claims behind it
thing-used-here = What else is named here
thing-sources = Sources
thing-source = Source
thing-roles-what = Who and what has a part in it, in any of its claims; each claim says for itself how firm it is.
thing-dates = When, according to each claim
thing-dates-bounds = Between which days
thing-dates-written = As written
thing-dates-claim = Claim
thing-status-SingleSource = One source
thing-status-Corroborated = Corroborated
thing-status-Contested = Contested
thing-status-Unresolved = Unresolved
thing-status-means-SingleSource = One source, or sources that all lean on one work, say so, and nothing contests it.
thing-status-means-Corroborated = Sources that do not lean on one another say so, and nothing contests it.
thing-status-means-Contested = A claim here is disputed, denied or negated, beside one that affirms.
thing-status-means-Unresolved = No source says that it came about: it was planned, alleged, supposed or left open.
thing-edges = Plain edges that rest on it
thing-edges-what = A plain edge is drawn only from claims that are affirmed, stated in the source’s own voice, and disputed by no other.
thing-edge-of = Occurrence
thing-edge-line = Edge
thing-notes = Editorial notes
thing-this-note = This note
thing-annotated = The claims that it is about
thing-claim-title = Claim { $name }
thing-about = About
thing-mode = How it is said
thing-polarity = Polarity
thing-polarity-Affirmed = affirmed
thing-polarity-Negated = said not to be so
thing-attributed = According to
thing-bounds = Bounds
thing-date-date = Date
thing-date-began = Began
thing-date-ended = Ended
thing-date-reportedOn = Reported on
thing-value-low = At least
thing-value-high = At most
thing-value-unit = Unit
thing-value-approximate = Approximate
thing-value-presenceKind = Kind of presence
thing-value-reviewStatus = Review
thing-plain = A plain edge may rest on this claim: it is affirmed, stated, and disputed by no other.
thing-not-plain = No plain edge rests on this claim: it is hedged, negated, or disputed by another.

# Passages, names, sources.
thing-passage-name = { $source }, paragraph { $number }, characters { $at }
thing-mapping-name = { $left } and { $right }
thing-edge-title = { $left } { $verb } { $right }
thing-passage-title = { $source }, paragraph { $number }
thing-no-words = The words are not stored in this record. Where the operator has the text, the page shows them.
thing-paragraph = Paragraph
thing-offsets = Place
thing-offsets-are = characters { $start } to { $end }, the end not included
thing-hash = SHA-256 of the words
thing-passages = Passages
thing-passage-behind = The passage
thing-name-of = A name of
thing-name-used = Where it is used
thing-name-unused = No passage is recorded for this spelling.
thing-issued = Issued
thing-file-hash = SHA-256 of the text
thing-source-lineage = Lineage of the source
thing-derives = derives from
thing-descendants = What derives from it:
thing-source-lineage-what = Sources that lean on one work are one witness, however many they are.
thing-paragraphs = Paragraph by paragraph
thing-paragraphs-what = { $claims } claims stand in { $paragraphs } paragraphs; the darker, the more.
thing-paragraphs-question = The same as a question
thing-paragraph-one = What paragraph { $number } says
thing-paragraph-span = What paragraphs { $first } to { $last } say
thing-next-paragraph = On to paragraph { $number }
thing-source-unread = The record has no claims from this source itself; it stands behind others.
thing-source-said = Said of the source

thing-holds = What the record holds

# Cite.
thing-cite = Cite this
thing-address = Lasting address:
thing-cite-as-bibtex = BibTeX
thing-cite-as-csl = CSL-JSON
thing-cite-as-plain = Plain text

# Words for kinds.
thing-kind-ArmedGroup = Armed group
thing-kind-LeadershipBody = Leadership body
thing-kind-PoliticalParty = Political party
thing-kind-StateBody = State body
thing-kind-MediaOutlet = Media outlet
thing-kind-AcademicBody = Academic body
thing-kind-UnnamedCollective = Unnamed collective
thing-kind-Communique = Communiqué
thing-kind-ComponentOf = Component of a group
thing-kind-IdentityJudgement = Judgement of identity
thing-kind-EditorialNote = Editorial note
thing-kind-DerivedEdge = Plain edge
thing-kind-PlainClaim = plain
thing-kind-Mapping = Link to another register
thing-kind-Label = Name
thing-kind-Losses = Losses
thing-role-work = Work
thing-word-true = yes
thing-word-false = no
thing-word-FirstReading = First reading
thing-word-SecondReading = Second reading
thing-unit-USDollars = US dollars
thing-unit-USDollarsPerMonth = US dollars a month
thing-unit-PakistaniRupees = Pakistani rupees
thing-unit-PoundsSterling = pounds sterling
thing-unit-PercentShare = per cent
thing-unit-Percent = per cent
thing-unit-Members = members
thing-unit-Fighters = fighters
thing-unit-Persons = persons
thing-unit-Groups = groups
thing-unit-Camps = camps
thing-unit-Killed = killed
thing-unit-Injured = injured
thing-unit-Years = years
thing-unit-Times = times
thing-unit-Pages = pages
thing-unit-Interviews = interviews
