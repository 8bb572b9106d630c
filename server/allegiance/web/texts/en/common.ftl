# What every page has.
site-name = Allegiance
skip-to-content = Skip to the content
skip-picture = Skip the picture and go to its table
nav-main = Main
nav-network = Network
nav-timeline = Timeline
nav-lineage = Lineage
nav-map = Map
nav-contradictions = Contradictions
nav-compare = Compare
nav-questions = Questions
nav-sparql = SPARQL
nav-ontology = Ontology
find-label = Search a name
find-button = Search
find-list = Names that begin like this or nearly
find-none = No name is like this.
find-some = { $count } names; arrow keys walk through them.
find-spelled = spelled { $name }
footer-what = A research record of what two texts say about organisations and public actors, each statement with its passage. Both texts lean on one author.
footer-not-screening = Not a screening list.
# Goes with every file.
not-screening = Research record; not a screening list
footer-licence = Data CC BY 4.0, code Apache 2.0.

as-data = As data:
show-sparql = Show the SPARQL
run-sparql = Run it in the query box
close = Close
save-as = Save as
save-svg = SVG
save-png = PNG
save-as-svg = Save as SVG
save-as-png = Save as PNG
clear-filters = Clear all filters
table-behind = The same as a table
needs-script = The picture needs scripts; everything in it is in the table below.

contested = contested
said-by = according to
paragraph = paragraph { $number }
this-claim = This claim
claims-behind = { $count ->
    [one] 1 claim behind this
   *[other] { $count } claims behind this
}
link-disputes = Disputes:
link-disputedBy = Disputed by:
link-qualifies = Qualifies:
link-qualifiedBy = Qualified by:
link-tensionWith = In tension with:

# Modes of a claim, and polarity.
mode-Asserted = stated
mode-SelfClaimed = claimed by the group itself
mode-Reported = reported
mode-Alleged = alleged
mode-Speculated = speculated
mode-Planned = planned
mode-OutcomeUnknown = outcome unknown
mode-Denied = denied
mode-meaning-Asserted = The source states it in its own voice
mode-meaning-SelfClaimed = The actor concerned says it of itself
mode-meaning-Reported = The source reports it from another
mode-meaning-Alleged = Someone says it of another, and the source leaves it open
mode-meaning-Speculated = The source or a voice in it supposes it
mode-meaning-Planned = It was intended; the source does not say that it happened
mode-meaning-OutcomeUnknown = It was begun or planned, and how it ended is not known
mode-meaning-Denied = A voice in the source says that it is not so
polarity-Negated = said not to be so

voice-GroupVoice = a group
voice-OpponentVoice = an opponent
voice-StateServiceVoice = a state service
voice-MediaVoice = media
voice-ScholarVoice = a scholar
voice-UnnamedVoice = unnamed

# Spans of days.
span-on = { $day }
span-between = between { $first } and { $last }
span-from = since { $day }
span-from-between = since some day between { $first } and { $last }
span-from-by = since { $day } or before
span-from-after = since { $day } or later
span-until = until { $day }
span-until-between = until some day between { $first } and { $last }
span-until-by = until { $day } or before
span-until-after = until { $day } or later
span-by = by { $day }
span-after = on { $day } or later
