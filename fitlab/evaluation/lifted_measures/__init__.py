"""What lifting leaves of mistakes, by view; what *cannot tell* and the verdicts on lifted people rest on.

    python -m fitlab.evaluation.lifted_measures          # prints the tables
    python -m fitlab.evaluation.lifted_measures --write  # into experiments/lifted_measures; what was learned goes next
                                                         # to the lifter's weights

Takes of the studio, some of every mistake, are seen by cameras all around, with errors of a detector (drawn by chance,
and observed in photographs of such takes), and lifted.  From them two things are learned: what lifting does to the
measure of every rule (:mod:`fitlab.analysis.lifting_errors`), and how a mistake shows in the repetition as a whole
(:mod:`fitlab.analysis.recognition`).
"""
