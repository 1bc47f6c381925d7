"""What a person did: where the exercise starts and ends, its repetitions, phases, mistakes, and how it differs
from an athlete's.  :func:`fitlab.analysis.report.analyse` does all of it."""
