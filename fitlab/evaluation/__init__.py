"""Measuring what the models and the analysis are worth: detectors, lifters, counts, verdicts."""
