"""Pose-gap mining: which frames of unlabelled clips are most worth labelling, and what the studio can make like them.

A detector's errors cannot be seen without labels, its contradictions can: it is asked again in the mirror and with the
crop turned, held against the path through the neighbouring frames, against a second detector and against poses that are
known.  docs/labelling.md tells how the frames are then corrected and trained on.
"""
