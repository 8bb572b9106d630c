# The search page.
search-title = Search
search-title-for = Search: { $text }
search-label = Name or words
search-meaning = in any spelling or script; words of a statement find claims
search-button = Search
search-lead = Every spelling of every name is looked through, and the statements of all claims. A slip of a letter or another transcription does no harm.
search-try = Try
search-try-1 = Khliafat Afghan
search-try-2 = Taliban
search-try-3 = داعش
search-try-4 = merger

search-narrow = Narrow the results
search-kind = Kind
search-class = More exactly
search-language = Language of the spelling
search-apply = Apply

search-results = Results
search-range = { $first }–{ $last } of { $total }
search-range-more = { $first }–{ $last } of more than { $total }
search-spelled = spelled
search-only = There are only { $total }:
search-last-of-them = the last of them
search-nothing = Nothing in the record is called
search-with-filters = with these filters
search-did-you-mean = Did you mean
search-or = or
search-nothing-near = Nothing is spelled nearly like it either: try one word of it.
search-pages = Pages
search-page-first = First
search-page-prev = Previous
search-page-next = Next
search-page-last = Last
