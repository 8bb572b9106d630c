# Lineage.
lineage-title = Lineage
lineage-of = Lineage of { $group }
lineage-lead = Who came from whom. Each line is a group, solid where claims show it for certain and dotted where they may; curves are its splits, mergers and belongings. Where nobody gives a date, the step stands at the side and not at a guessed day.
lineage-group = Group
lineage-show = Show
lineage-cut = The record has more steps than a page shows; what is drawn is not all of it.
lineage-empty = The record has no lineage of this group.
lineage-summary = { $groups ->
    [one] 1 group
   *[other] { $groups } groups
}, { $dated ->
    [0] no dated step
    [one] 1 dated step
   *[other] { $dated } dated steps
}, { $undated ->
    [0] none without a date
    [one] 1 without a date
   *[other] { $undated } without a date
}. Councils, periodicals and offices of a group are not drawn.
lineage-lasting = Merged, and yet shown acting afterwards:
lineage-lasting-one = merged by { $merged }, still shown on { $last }
lineage-dated = Dated steps
lineage-undated = Steps without a date
lineage-column-when = When, as written
lineage-column-bounds = Bounds
lineage-column-step = Step
lineage-column-from = From
lineage-column-to = To
lineage-column-mode = How it is said
lineage-column-source = Source
lineage-column-what = Claims
lineage-no-words = —
lineage-kind-Merger = merger
lineage-kind-Absorption = absorption
lineage-kind-Split = split
lineage-kind-Founding = founding out of a group
lineage-kind-ComponentOf = becoming or being a part
lineage-way-Merger = Merger of { $from } into { $to }
lineage-way-Absorption = Absorption of { $from } by { $to }
lineage-way-Split = Split of { $to } from { $from }
lineage-way-Founding = Founding of { $to } out of { $from }
lineage-way-ComponentOf = { $from } as a part of { $to }

# The picture.
lineage-picture = Lineage of { $group }: { $groups } groups and { $steps } steps. Tab goes from group to group and step to step, Enter opens the claims.
lineage-frame = The picture, which scrolls sideways where it is wider than the window
lineage-no-date = no date given
lineage-step = { $way }, { $when }, { $how }
lineage-step-contested = { $step }, contested
lineage-when-none = no date given
lineage-when-on = { $first }
lineage-when-between = between { $first } and { $last }
lineage-when-by = by { $last }
lineage-when-after = { $first } or later
lineage-founding = Founding of { $group }, { $when }, { $how }
lineage-planned = planned, outcome unknown
lineage-supposed = supposed
lineage-denied = said not to be so
lineage-goes-on = merged, goes on
lineage-key = How to read it
lineage-key-sure = shown for certain
lineage-key-maybe = may have been there
lineage-key-planned = planned, outcome unknown
lineage-key-voiced = somebody's word for it
lineage-key-denied = said not to be so
lineage-key-range = on some day in this range
lineage-key-founded = founded
lineage-key-contested = ! contested, or dated otherwise too
lineage-note = From Allegiance: what two texts say, with their hedges. { $address }
