"""Changes to a built dataset: evaluated in a box, checked like a build, logged before they are answered.

patch → box → sparql, evaluate → settle → log → state → job; export and command stand beside the job.

The files in git remain the truth: `allegiance.writes.export` gives the writes as a patch against them.
"""
