# The documentation of ontology and shapes.
vocabulary-title = Ontology
vocabulary-lead = The words of this record: { $classes } classes, { $properties } properties and { $values } fixed values. Each is defined once, and shown here with an instance from the data, the shapes that hold it in place and a query to try.
vocabulary-nav = Parts of this page
vocabulary-none = This dataset was built without its documentation. Run “allegiance build” again, and the pages are here.
vocabulary-whole = The whole ontology as data:
vocabulary-see-model = How to read the record
vocabulary-see-shapes = What a record must contain
vocabulary-see-index = All terms
vocabulary-see-model-more = modes, soft dates, derived edges
vocabulary-see-shapes-more = { $count } shapes, with what to do where one is broken
vocabulary-filter = Find a term
vocabulary-filtered = { $count ->
    [0] No term matches
    [one] 1 term
   *[other] { $count } terms
}

vocabulary-diagram = How the classes hang together
vocabulary-diagram-note = Each box is a class with the number of things described, each line in it a relation and how often it is stated. A line leads to every class that a good part of its statements lead to. The index below has all of it in words.
vocabulary-diagram-label = Class diagram: { $boxes } classes and { $lines } relations between them; the same stands in the index below.
vocabulary-diagram-scroll = Class diagram, to be scrolled sideways
vocabulary-diagram-roles = { $count } roles
vocabulary-diagram-edges = { $count } derived edges
vocabulary-diagram-kinds = { $count ->
    [0] { $label }
   *[other] { $label }: { $count } kinds
}
vocabulary-diagram-row = { $count ->
    [one] { $name }, stated once, leads to { $to }
   *[other] { $name }, stated { $count } times, leads to { $to }
}
vocabulary-diagram-itself = its own kind

vocabulary-group-classes = Classes
vocabulary-group-properties = Properties
vocabulary-kind-class = class
vocabulary-kind-object = relation
vocabulary-kind-datatype = value
vocabulary-kind-annotation = annotation
vocabulary-kind-value = fixed value
vocabulary-kind-long-class = class
vocabulary-kind-long-object = property that relates things
vocabulary-kind-long-datatype = property that gives a value
vocabulary-kind-long-annotation = property about terms
vocabulary-kind-long-value = fixed value
vocabulary-times = { $count ->
    [0] not used
   *[other] { $count }
}
vocabulary-times-long = { $count ->
    [0] not used in the data
    [one] used once
   *[other] used { $count } times
}

# One term.
vocabulary-trail = Where this term stands
vocabulary-notes = How it is meant
vocabulary-for-example = For example: { $words }
vocabulary-facts = What the ontology says of it
vocabulary-above-class = is a kind of
vocabulary-above-property = is a more exact form of
vocabulary-below-class = its kinds
vocabulary-below-property = its more exact forms
vocabulary-of = is one value of
vocabulary-values = its values
vocabulary-domain = is said of
vocabulary-range = leads to
vocabulary-inverse = read the other way
vocabulary-chain = also follows from
vocabulary-then = then
vocabulary-is = behaves as
vocabulary-is-symmetric = symmetric: it holds both ways
vocabulary-is-transitive = transitive: it carries on from one to the next
vocabulary-repeatable = may have several fillers
vocabulary-repeatable-yes = yes; several do not disagree
vocabulary-repeatable-no = no; different fillers disagree
vocabulary-disjoint = nothing is both this and
vocabulary-roles = its claims may have the roles
vocabulary-role-of = is a role in claims about
vocabulary-domained = properties said of it
vocabulary-ranged = properties that lead to it
vocabulary-aligned = in other vocabularies
vocabulary-aligned-class = a kind of { $iri }
vocabulary-aligned-property = a more exact form of { $iri }
vocabulary-and-more = and { $count } more

vocabulary-use = In the data
vocabulary-use-none = Not used in the data of this version.
vocabulary-layer-asserted = { $count } asserted
vocabulary-layer-derived = { $count } derived by the build’s rules
vocabulary-layer-inferred = { $count } inferred from the ontology
vocabulary-layer-ontology = { $count } in the ontology itself
vocabulary-where = Where
vocabulary-statements = Statements
vocabulary-graph-table = Uses by named graph
vocabulary-example = An example
vocabulary-example-label = Example in Turtle
vocabulary-more-values = # and { $count } more
vocabulary-derived = How it comes about
vocabulary-derived-note = Nobody writes it: { $count ->
    [one] this rule makes it at every build.
   *[other] these rules make it at every build.
}
vocabulary-derived-dates = Of claims the build works it out from their dates in EDTF; of occurrences this rule makes it.
vocabulary-read-by = Rules that read it
vocabulary-rule = Show the rule
vocabulary-rule-label = Rule { $name } in SPARQL
vocabulary-shapes-of = What must hold
vocabulary-shapes-none = No shape says anything of this term.
vocabulary-shape-by = as { $label }
vocabulary-questions = Questions that use it
vocabulary-questions-none = No question of the library names it.
vocabulary-questions-all = Show all { $count }
vocabulary-try = Try it
vocabulary-try-none = This query would show it; in this version it finds nothing.
vocabulary-try-label = Query about { $name }
vocabulary-run = Run this query
vocabulary-data = This term as data:
vocabulary-iri = Its IRI
vocabulary-previous = Before: { $name }
vocabulary-next = Next: { $name }
vocabulary-around = Terms beside this one

# Shapes.
vocabulary-shapes-title = Shapes
vocabulary-shapes-lead = What a record must contain: { $count } shapes in SHACL with { $parts } demands. A build, and every write, is refused where one is broken, with the sentence that stands here.
vocabulary-shapes-whole = All shapes as data:
vocabulary-shapes-kinds = What an occurrence must have
vocabulary-shapes-kinds-note = Shapes of the kinds of event and relationship: what at least one claim about it must say.
vocabulary-shapes-records = Records
vocabulary-shapes-records-note = Shapes of claims, actors, places, names, sources, passages and whatever else is described.
vocabulary-shapes-roles = What may fill a role
vocabulary-shapes-roles-note = One shape for each role, on everything that has it.
vocabulary-shape-title = Shape { $name }
vocabulary-shape-holds = Holds for
vocabulary-target-class = every { $label }
vocabulary-target-subjectsOf = everything that has { $label }
vocabulary-of-itself = the thing itself
vocabulary-what-to-do = What to do
vocabulary-shape-demands = { $count ->
    [one] 1 demand
   *[other] { $count } demands
}
vocabulary-shape-file = Written in { $file }
vocabulary-must-exactly = { $n ->
    [one] exactly one value
   *[other] exactly { $n } values
}
vocabulary-must-least = { $n ->
    [one] at least one value
   *[other] at least { $n } values
}
vocabulary-must-most = { $n ->
    [one] at most one value
   *[other] at most { $n } values
}
vocabulary-must-none = no value at all
vocabulary-must-class = { $n ->
    [one] each value is a
   *[other] each value is one of
}
vocabulary-must-datatype = each value is typed
vocabulary-must-in = each value is one of
vocabulary-must-hasValue = one value is
vocabulary-must-or = one of these holds:
vocabulary-must-not = this must not hold:
vocabulary-must-minInclusive = each value is at least
vocabulary-must-maxInclusive = each value is at most
vocabulary-must-lessThanOrEquals = each value is not above the value of
vocabulary-must-disjoint = no value is also a value of
vocabulary-must-languageIn = each value is in the language
vocabulary-must-minLength = at least so many characters:
vocabulary-must-maxLength = at most so many characters:
vocabulary-must-pattern = each value matches
vocabulary-must-sparql = this query finds nothing of it:
vocabulary-must-other = { $kind }:

# How to read the record.
vocabulary-model-title = How to read the record
vocabulary-model-lead = A claim is what one source says. Three things decide how far it carries: how firmly the source puts it, what its dates leave open, and what the build makes of the claims that nothing contests.
vocabulary-model-modes = How firmly it is said
vocabulary-model-modes-then = A claim also has a direction and a voice.
vocabulary-model-value = Value
vocabulary-model-meaning = Meaning
vocabulary-model-claims = Claims
vocabulary-model-uses = Uses
vocabulary-model-dates = What a date leaves open
vocabulary-model-dates-written = Dates are written as the source has them, in EDTF, with the source’s own words beside them. The build reads up to four days off each.
vocabulary-model-dates-rule = On a day something held certainly if the day lies between the latest begin and the earliest end, and possibly if it lies between the earliest begin and the latest end. A missing bound is unknown: never “ongoing”.
vocabulary-model-dates-example = “{ $statement }”
vocabulary-model-dates-as-written = as written: { $words }
vocabulary-model-dates-label = Possibly from { $b0 }, certainly from { $b1 } to { $b2 }, possibly until { $b3 }
vocabulary-model-certain = certain
vocabulary-model-possible = possible
vocabulary-model-derived = What the build derives
vocabulary-model-derived-why = Plain edges, such as “pledged to”, are for simple queries. Each rests on plain claims alone and keeps the way back to them.
vocabulary-model-edge-example = One edge and its record
vocabulary-model-rules = The rules, in the order they run
vocabulary-model-rule = Rule
vocabulary-model-makes = Makes
vocabulary-model-status = How the claims about an occurrence stand to each other
vocabulary-model-inferred = What follows from the ontology
vocabulary-model-inferred-why = The closure (OWL 2 RL) adds what the definitions entail: kinds of kinds, the other direction, the next step.
vocabulary-model-graphs = Where a statement stands
vocabulary-model-graphs-why = The default graph of a query is the union of these; FROM and GRAPH narrow it.
vocabulary-model-graph = Graph
vocabulary-model-triples = Statements
