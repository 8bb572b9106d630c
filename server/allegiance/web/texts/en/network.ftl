# The network as of a day.
network-title = Network as of a day
network-heading = Who stood with whom on { $day }
network-lead = Groups and the relations that two texts report between them. Move the day to see what held then, and what had happened by then. Every line leads to the sentences behind it.
network-day = { $day } { $month ->
    [m01] January
    [m02] February
    [m03] March
    [m04] April
    [m05] May
    [m06] June
    [m07] July
    [m08] August
    [m09] September
    [m10] October
    [m11] November
   *[m12] December
} { $year }
network-note = Research record; not a screening list. Relations on { $day }, Allegiance { $version }, { $address }
network-caption = { $day } · Allegiance { $version } · Research record; not a screening list
network-caption-short = { $day } · Research record; not a screening list
network-file = network-{ $day }

# The form.
network-form = What is shown
network-field-day = Day
network-field-group = Only one group and its neighbours
network-all-groups = All groups
network-field-source = Source
network-all-sources = Both texts
network-people = Persons too
network-undated = Also what carries no date
network-undated-count = { $count ->
    [one] 1 claim
   *[other] { $count } claims
}
network-show = Show
network-kinds = Kinds of relation
network-family-loyalty = Loyalty
network-family-enmity = Enmity
network-family-friendship = Friendship
network-family-form = Merging and splitting
network-family-truce = Truce
network-family-means = Money and help
network-family-recruits = Recruits
network-family-persons = Posts and members
network-kind-Pledge = pledge
network-kind-Allegiance = allegiance
network-kind-Recognition = recognition
network-kind-Hostility = hostility
network-kind-Attack = attack
network-kind-MilitaryOperation = military operation
network-kind-Conflict = war
network-kind-Alliance = alliance
network-kind-Ties = ties
network-kind-ComponentOf = part of
network-kind-Merger = merger
network-kind-Absorption = absorption
network-kind-Split = split
network-kind-Ceasefire = ceasefire
network-kind-PeaceAgreement = peace agreement
network-kind-Negotiation = negotiation
network-kind-Funding = funding
network-kind-Support = support
network-kind-Deployment = deployment
network-kind-Recruitment = recruitment
network-kind-Defection = defection
network-kind-Tenure = post held
network-kind-Membership = membership
network-modes = How it is said
network-mark-said = said by others, not by the source itself
network-mark-planned = planned, or outcome unknown
network-mark-alleged = alleged or speculated
network-mark-denied = denied
network-mark-contested = another claim disputes it
network-reading = Reading the lines
network-sure-certain = certain: stated plainly, and its dates include the day
network-sure-possible = possible: its dates leave it open, or it is not stated plainly
network-sure-undated = without a date
network-arrows = An arrow points from the one who acts to the one acted upon: pledger to leader, part to whole, splinter to parent.
network-shapes = Who is who
network-shape-group = group with a name
network-shape-collective = people without a name of their own
network-shape-state = state or its forces
network-shape-person = person

# Time.
network-time = Day
network-slider = Day of the network
network-play = Play
network-pause = Pause
network-previous = Previous change
network-next = Next change
network-slider-help = Arrow keys move by a month, Page Up and Page Down by a year.
network-slider-value = { $day }: { $certain } certain, { $possible } possible
network-slider-value-undated = { $day }: { $certain } certain, { $possible } possible, { $undated } without a date
network-chart = Number of relations through time

# The picture.
network-picture = Network of { $nodes } groups and people with { $certain } certain and { $possible } possible relations on { $day }. The table below says the same.
network-picture-help = Arrow keys left and right walk through the groups, up and down through the lines of a group; Enter opens what is behind it.
network-zoom-in = Larger
network-zoom-out = Smaller
network-fit = Fit
network-gexf = GEXF
network-tools = Size and files
network-panel = What is behind it
network-edge = { $one } – { $kind } – { $other }, { $sure }
network-edge-directed = { $one } → { $kind } → { $other }, { $sure }
network-mark-of = { $edge }; { $mark }
network-on-certain = certain
network-on-possible = possible
network-on-undated = without a date
network-node = { $label }: { $count ->
    [0] no relation on this day
    [one] 1 relation on this day
   *[other] { $count } relations on this day
}
network-node-page = Its page
network-node-focus = Only this and its neighbours
network-node-none = Nothing on this day.
network-failed = The network could not be loaded; the table below has it.

# Counts and the table.
network-counts = { $certain ->
    [one] 1 relation is certain
   *[other] { $certain } relations are certain
}, { $possible ->
    [one] 1 more is possible
   *[other] { $possible } more are possible
}.
network-counts-undated = { $count ->
    [one] 1 more carries no date.
   *[other] { $count } more carry no date.
}
network-span = Dates in the record run from { $first } to { $last }.
network-outside = The record has no date before { $first } or after { $last }; this day lies outside it.
network-empty = Nothing is recorded for this choice.
network-empty-broader = Show all kinds and groups on this day
network-unknown = No group or person of this name stands in a relation.
network-unknown-search = Search the names
network-cut = There are more relations than can be drawn at once: choose a group to see all of its own.
network-more = { $count } more are not listed here; choose a group or fewer kinds.
network-table = Relations on { $day }
network-section-certain = Certain
network-section-possible = Possible
network-section-undated = Without a date
network-note-certain = A source states it plainly, no other disputes it, and its dates include this day or put the event before it.
network-note-possible = Nothing that is known excludes it: the dates are wide or open on one side, or it is said with reserve.
network-note-undated = The texts give no date for it.
network-column-who = Who
network-column-what = Relation
network-column-said = What is said
network-column-dates = When
network-column-mode = How
network-column-source = Source
network-source-passage = passage
network-more-claims = { $count ->
    [one] 1 more claim
   *[other] { $count } more claims
}
