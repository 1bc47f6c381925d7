"""What the repetitions of a clip say about each other: who makes a mistake once makes it most times.

A camera that shows a mistake surely in one repetition and half-way in the next shows a habit; a coach would not call
the second open.  So the evidence of lifted repetitions is put together: the person has the habit or has not, and each
repetition is as the habit says with the probability :data:`KEPT`.  The odds of a repetition are then moved, by others
at most by KEPT / (1 - KEPT): what it clearly shows of itself stands.
"""

import numpy as np
from scipy.special import expit, logit

KEPT = 0.8
"""How often a repetition is as the person's habit says: the least log loss of experiments/lifted_measures."""
ALIKE = 0.6
"""How alike a camera errs in one repetition and in the next, as a correlation of logits."""


def together(likely: np.ndarray, neutral: np.ndarray | float = 0.5) -> np.ndarray:
    """The probabilities (n,) of a mistake in the repetitions of a clip in the light of each other.

    What a repetition says of the habit is the sum over its two states; what k known others say together counts as
    much as k / (1 + ALIKE (k - 1)) of them would if they did not err alike.  Before that the habit is as likely as not.

    Parameters
    ----------
    likely : (n,) in [0, 1]
        Each repetition's own; NaN says nothing and stays NaN.
    neutral : (n,) or number in (0, 1)
        What each would be if nothing were seen: only what differs from it is evidence.

    Returns
    -------
    (n,) in [0, 1]
        A repetition of whose fellows none says anything keeps its own.
    """
    shown: np.ndarray = expit(logit(likely) - logit(neutral))  # at even odds
    says = np.log(_agreeing(shown) / _agreeing(1 - shown))
    says = np.where(np.isnan(likely), 0.0, says)
    fellows = int(np.count_nonzero(~np.isnan(likely))) - 1
    habit: np.ndarray = expit((says.sum() - says) / (1 + ALIKE * max(fellows - 1, 0)))
    return np.where(habit == 0.5, likely, expit(logit(likely) + logit(_agreeing(habit))))


def _agreeing(probability: np.ndarray) -> np.ndarray:
    """Of one of habit and repetition, from that of the other: they agree with the probability KEPT."""
    return KEPT * probability + (1 - KEPT) * (1 - probability)
