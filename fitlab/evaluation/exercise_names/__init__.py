"""Learns which exercise a clip shows, and measures it: on people of the studio held out, on FitBench-S, on real people.

    python -m fitlab.evaluation.exercise_names           # prints the tables
    python -m fitlab.evaluation.exercise_names --write   # puts them into experiments/exercise_names, and the weights

Learned from the takes of :mod:`fitlab.evaluation.lifted_measures`, as they are and as four cameras saw them.
"""
