"""What the repetitions of a clip say about each other: who makes a mistake once makes it most times.

A camera that shows a mistake surely in one repetition and half-way in the next shows a habit; a coach would not call
the second open.  So the evidence of lifted repetitions is put together: the person has a habit or has not, as likely
either way, and each repetition is as the habit says with the probability :data:`KEPT`.  What a repetition clearly shows
of itself stands: others move its odds by at most KEPT / (1 - KEPT).
"""

import numpy as np
from scipy.special import expit, logit

KEPT = 0.85
"""How often a repetition is as the person's habit says; see experiments/lifted_measures."""
ALIKE = 0.6
"""How alike what a camera shows of one repetition errs to what it shows of the next."""
_CERTAIN = 1e-6  # closer to 0 or 1 no probability is taken seriously


def together(likely: np.ndarray) -> np.ndarray:
    """The probabilities (n,) of a mistake in the repetitions of a clip, given all of them, from each one's own.

    A tree of one habit and n repetitions, summed exactly; NaN says nothing and stays NaN.  A single repetition keeps
    its own probability.
    """
    known = ~np.isnan(likely)
    own = logit(np.clip(likely, _CERTAIN, 1 - _CERTAIN))
    # What each says of the habit: log P(seen | habit) / P(seen | none).
    says = np.where(known, np.log(_mixed(expit(own)) / _mixed(expit(-own))), 0.0)
    others = max(known.sum() - 1, 1)
    habit = expit((says.sum() - says) / (1 + ALIKE * (others - 1)))
    told = expit(own + logit(_mixed(habit)))
    return np.where(known & (habit != 0.5), told, likely)


def _mixed(probability: np.ndarray) -> np.ndarray:
    """Of a repetition, given that of the habit; and the other way round."""
    return KEPT * probability + (1 - KEPT) * (1 - probability)
