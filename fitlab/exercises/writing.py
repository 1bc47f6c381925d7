"""A rule as the text that an exercise file holds."""

from dataclasses import asdict

import yaml

from fitlab.exercises.vocabulary import Mistake


def rule_yaml(rule: Mistake) -> str:
    """The rule as an entry of ``mistakes`` in an exercise file; :func:`fitlab.exercises.load_exercise` reads it."""
    entry = {key: value for key, value in asdict(rule).items() if key != "name"}
    return yaml.safe_dump({rule.name: entry}, sort_keys=False, allow_unicode=True, width=110)
