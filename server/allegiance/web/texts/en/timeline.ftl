# The timeline.
timeline-title = Timeline
timeline-lead = What happened to whom, and what held for how long. Sources seldom give a day: a mark is solid where something certainly held, hatched where it may have, and fades where nobody says when it began or ended.
timeline-lanes = Lanes
timeline-lanes-groups = Groups
timeline-lanes-people = People
timeline-choose = { $count ->
    [0] Choose the lanes
    [one] Choose the lanes (1 chosen)
   *[other] Choose the lanes ({ $count } chosen)
}
timeline-choose-note = Without a choice: the { $number } with the most dated claims. The number is that of dated claims.
timeline-kinds = Kinds
timeline-source = Source
timeline-both = All sources
timeline-from = From
timeline-until = Until
timeline-show = Show
timeline-family-lineage = Founding, merging, splitting
timeline-family-loyalty = Pledges and loyalty
timeline-family-cooperation = Alliances, talks, ceasefires
timeline-family-violence = Fighting
timeline-family-people = Posts, deaths, arrests
timeline-family-place = Presence and movement
timeline-family-means = Strength and money
timeline-family-words = Statements and assessments
timeline-kind-is = Only { $kind }
timeline-empty = Nothing dated of these lanes falls into this window and these kinds.
timeline-empty-broader = Show all of them
timeline-span = The dated claims of these lanes run from { $first } to { $last }.
timeline-cut = There are more dated claims than a page shows; choose fewer lanes or one source to see all.
timeline-table = Dated, in order of time
timeline-count = { $count ->
    [one] 1 dated mark in this window
   *[other] { $count } dated marks in this window
}, { $undated ->
    [0] none without a date
    [one] 1 thing without a date
   *[other] { $undated } things without a date
}.
timeline-column-who = Lane
timeline-column-when = When, as written
timeline-column-bounds = Bounds
timeline-column-what = What
timeline-column-kind = Kind
timeline-column-mode = How it is said
timeline-column-source = Source
timeline-differs = dated otherwise too
timeline-undated = Without a date ({ $count })
timeline-undated-note = No claim about these says when. They are not in the picture.
timeline-undated-more = The first { $shown } of { $count } are listed; the CSV and JSON have them all, or choose fewer lanes.
timeline-no-words = —

# The picture.
timeline-picture = Timeline of { $lanes } lanes and { $marks } marks, { $first } to { $last }. Tab goes from mark to mark, Enter opens the claims; plus and minus zoom, arrow keys move, 0 shows all.
timeline-zoom-in = Zoom in
timeline-zoom-out = Zoom out
timeline-earlier = Earlier
timeline-later = Later
timeline-all = All years
timeline-window = { $first } to { $last }
timeline-outside = { $earlier ->
    [0] nothing
   *[other] { $earlier }
} earlier, { $later ->
    [0] nothing
   *[other] { $later }
} later outside the window
timeline-mark = { $label }: { $kind }, { $when }, { $how }
timeline-mark-contested = { $mark }, contested
timeline-when-between = between { $first } and { $last }
timeline-when-on = { $first }
timeline-when-by = by { $last }
timeline-when-after = { $first } or later
timeline-when-spell = from { $begin } until { $end }
timeline-when-unknown = an unknown day
timeline-key = How to read it
timeline-key-certain = certainly
timeline-key-possible = possibly
timeline-key-fading = unknown how much longer
timeline-key-range = an event on some day in this range
timeline-key-voiced = somebody's word for it
timeline-key-planned = planned, outcome unknown
timeline-key-denied = said not to be so
timeline-key-contested = ! contested
timeline-note = From Allegiance: what two texts say, with their hedges. { $address }
