# The question library: its list, the form of a question, its answer.
ask-title = Questions
ask-lead = { $count ->
    [one] One question the record answers, ready to ask.
   *[other] { $count } questions the record answers. Each is a form with its answer as a table and, where it has days, numbers, places or two names in a row, as a picture.
}
ask-tagged = Questions about { $tag }
ask-filter = Find a question
ask-filter-hint = Words of its title or wording
ask-found = { $count ->
    [0] No question has these words.
    [one] 1 question
   *[other] { $count } questions
}
ask-topics = Topics
ask-other = More questions
ask-all = All questions
ask-takes = Asks for
ask-programs = For programs:
ask-list-json = the list as JSON
ask-list-api = every address and parameter
ask-write-own = Nothing fits? Ask in SPARQL.

ask-form = What to ask for
ask-button = Ask
ask-such-as = such as { $sample }
ask-choose = Type a name; any spelling will do.
ask-clear = Clear the form

ask-answer = Answer
ask-rows = { $count ->
    [one] 1 row
   *[other] { $count } rows
}
ask-rows-more = { $count } more in the files
ask-no-rows = Nothing in the record answers this.
ask-no-rows-broader = Leave a field empty to ask more broadly.
ask-no-rows-others = See what else can be asked.
ask-yes = Yes
ask-no = No
ask-as-turtle = Answer as Turtle
ask-table = Table
ask-ways = Show the answer as
ask-way-table = Table
ask-way-timeline = Timeline
ask-way-chart = Chart
ask-way-map = Map
ask-way-network = Network
ask-download = As data:
ask-pages = Pages of the answer
ask-first = First rows
ask-prev = Previous rows
ask-next = Next rows
ask-show-sparql = Show the SPARQL
ask-edit-sparql = Edit it in the SPARQL editor
ask-run-sparql = Edit it in the plain editor
ask-claim-panel = Claims behind the mark
ask-more-behind = { $count ->
    [one] One more row is behind this; it is in the table.
   *[other] { $count } more rows are behind this; they are in the table.
}

ask-quantity = { $low }
ask-quantity-range = { $low } to { $high }
ask-quantity-most = up to { $high }
ask-quantity-about = about { $words }

# Pictures.
ask-picture-timeline = Timeline of the answer
ask-picture-chart = Chart of { $what }
ask-picture-map = Map of the answer
ask-picture-network = Network of the answer
ask-picture-hint = Choose a mark for its claim.
ask-cut = { $count ->
    [one] One more is in the table and not in the picture.
   *[other] { $count } more are in the table and not in the picture.
}
ask-undated = { $count ->
    [one] One row has no date and is only in the table.
   *[other] { $count } rows have no date and are only in the table.
}
ask-unmeasured = { $count ->
    [one] One row has no number and is only in the table.
   *[other] { $count } rows have no number and are only in the table.
}
ask-unlinked = { $count ->
    [one] One row does not name both ends and is only in the table.
   *[other] { $count } rows do not name both ends and are only in the table.
}
ask-placeless = { $count ->
    [one] One row names no place and is only in the table.
   *[other] { $count } rows name no place and are only in the table.
}
ask-pointless = Without a point in the record, so not on the map:
ask-at-place = { $place }: { $count ->
    [one] 1 row
   *[other] { $count } rows
}
ask-edge = { $one } to { $other }
ask-edge-mutual = { $one } and { $other }
ask-arrow = An arrow leads from { $start } to { $end }.
ask-look-certain = stated
ask-look-hedged = reported, alleged or only possible
ask-look-planned = planned, or outcome unknown
ask-look-contested = contested
ask-look-denied = denied, or said not to be so
ask-soft = Between its two earliest and latest days a bar is pale; where a bound is unknown it fades.
ask-whisker = A bar runs from the lowest to the highest number given; one number is a dot, and a dot with an arrow is the most that there were.

# Columns whose names in a query say less than a heading should.
column-when = When
column-date = Date
column-pledged = Pledged
column-died = Died
column-quantity = How many
column-mode = How it is said
column-polarity = Said to be so
column-certainty = On that day
column-statement = What is said
column-passage = Where it is said
column-onePassage = Where
column-otherPassage = Where
column-oneStatement = One says
column-otherStatement = The other says
column-oneMode = How
column-otherMode = How
column-disputedStatement = Which it disputes
column-occurrenceLabel = What it is about
column-judgementLabel = Judgement
column-attributedTo = According to
column-kindOfVoice = Voice
column-languageScript = Language and script
column-dateAsWritten = Date as written
column-intoName = Became part of
column-inputName = Group
column-outputName = Merged into
column-mergedBy = Merged by
column-foundedBy = Founded by (day)
column-leftName = One
column-rightName = The other
column-toName = To
column-fromName = From
column-leansOn = Leans on

# Parameters, as the form labels them.
param-asVoice = Kind of voice
param-from = From
param-until = Until
param-thing = Group, person or place
param-property = Relation
param-subject = From whom
param-object = To whom

value-Affirmed = so
value-Negated = not so
value-certain = certain
value-possible = possible
value-SingleSource = one source
value-Corroborated = several lineages
value-Contested = contested
value-Unresolved = left open

# The page of the OpenAPI document.
ask-api-title = Every address and parameter
ask-api-programs = For programs, in OpenAPI 3.1:
ask-api-needs-script = Reading it on this page needs scripts; the questions and the plain editor do not.
