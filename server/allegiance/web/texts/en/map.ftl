map-title = What happened where
map-lead = Presence, attacks, operations, losses and moves that the two texts put in a place. A mark is as large as the number of things said to have been there; nothing is placed where no gazetteer has a point for it.
map-filters = Filters
map-kinds = What
map-said = How firmly it is said
map-group = Group
map-every-group = every group
map-source = Source
map-both-sources = all sources
map-year = Year
map-all-years = All years
map-apply = Show
map-legend = What the marks mean

map-family-presence = Presence
map-family-force = Attacks and operations
map-family-losses = Losses, deaths, arrests
map-family-movement = Moves and recruitment
map-family-bodies = Groups and posts
map-family-relations = Ties, ceasefires, support
map-family-words = Aims, conduct, judgements

map-said-stated = stated
map-said-hedged = hedged or contested
map-said-planned = only planned
map-said-denied = denied

map-legend-firm = stated (and, in a year, certainly in it)
map-legend-part = so much of it stated, the rest hedged or only possible
map-legend-soft = hedged, contested, or only possibly in the year
map-legend-unreal = only planned, or denied
map-legend-whole = about a whole country or province: the point is the gazetteer’s

map-beside = Not on the map
map-beside-why = No gazetteer of ours has a point for these places, so they are listed with the nearest place around them that has one.
map-in = in
map-in-none = In no place that has a point

map-basemap = Borders: Natural Earth 1:50m (public domain), drawn as its makers hold them to be in fact; they take no side in a dispute, and nor do we.
map-points = Points of places:
map-gazetteer = { $work } ({ $licence }; { $count ->
    [one] 1 point
   *[other] { $count } points
})

map-rows = { $count ->
    [0] Nothing is shown.
    [one] 1 statement puts something in a place.
   *[other] { $count } statements put something in a place.
}
map-rows-at = Only those in
map-rows-everywhere = show those everywhere
map-rows-year = Those certainly or possibly in { $year }.
map-rows-undated = { $count ->
    [one] 1 more has no date at all and is left out.
   *[other] { $count } more have no date at all and are left out.
}
map-rows-cut = The first { $shown } are shown; the files have all of them.
map-cut = The record has more than a map reads; choose a source or ask by SPARQL for the rest.
map-nothing = Nothing in the record fits these filters: take one away to ask more broadly.
map-span = What is dated lies between { $first } and { $last }.
map-possible = (possibly)
map-undated = no date
map-column-place = Place
map-column-when = When
map-column-what = What is said
map-column-who = Who
map-column-how = How it is said
map-column-source = Source
map-role-fromPlace = from here
map-role-originPlace = origin
map-role-target = target

map-picture = Map of { $count ->
    [one] 1 place
   *[other] { $count } places
} with what the record puts there
map-picture-year = Map of { $count ->
    [one] 1 place
   *[other] { $count } places
} with what the record puts there in { $year }
map-mark = { $place }: { $count ->
    [one] 1 thing
   *[other] { $count } things
} ({ $split })
map-mark-whole = { $place } as a whole: { $count ->
    [one] 1 thing
   *[other] { $count } things
} ({ $split })
map-mark-members = { $place } and { $members ->
    [one] 1 place
   *[other] { $members } places
} in it: { $count ->
    [one] 1 thing
   *[other] { $count } things
} ({ $split })
map-label-members = { $place } with all in it
map-panel-located = Places in it on the map
map-split = { $family } { $count }
map-label-whole = { $place } (as a whole)
map-region = Afghanistan and around
map-everywhere = All places
map-zoom-in = Zoom in
map-zoom-out = Zoom out
map-play = Play the years
map-pause = Pause
map-year-slider = Year shown
map-year-now = { $certain } certainly, { $possible } possibly in it; { $undated } without a date left out
map-year-none = and { $undated } without a date
map-file = allegiance-map
map-export-title = Allegiance: what happened where
map-export-note = From { $address }. Filled: stated; outlined: hedged, contested or only possible; dashed: planned or denied. Borders: Natural Earth, de facto. Data CC BY 4.0.
map-panel = What is said of the place
map-panel-none = Nothing with these filters.
map-panel-within = Within, not located
map-panel-around = No gazetteer of ours has a point for it; the nearest place around it with one:
map-panel-point = Point { $latitude }, { $longitude } by { $gazetteer } ({ $licence })
map-panel-whole = The point stands for the whole of it; these things were somewhere in it.
map-panel-page = About this place
map-loading = Loading the claims …
map-failed = The map’s data could not be loaded; the table below has the same.
map-shown = { $places ->
    [one] 1 place
   *[other] { $places } places
} on the map, { $count ->
    [one] 1 thing
   *[other] { $count } things
}; { $beside } more not on the map
