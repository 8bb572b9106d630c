"""From the files of curators to a dataset: compose → date bounds → derive → infer → validate → write."""
