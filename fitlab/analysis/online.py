"""Repetitions while they are being done: poses come one by one, repetitions are announced."""

from collections import deque

import numpy as np

from fitlab.analysis.results import Repetition
from fitlab.analysis.segmentation import segment
from fitlab.errors import InputError
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_MEMORY_SECONDS = 40.0
_HOLD_MEMORY_SECONDS = 600.0
"""A hold is one repetition, however long, and its drive is soon found: nothing else of the body is asked."""
_LOOK_SECONDS = 0.25
_SETTLED_SECONDS = 0.5
"""A repetition is over when its end lies this far back: the drive rests, or has left for the next one."""
_REPEATS = 3
"""Fewer full repetitions do not tell which way round a movement without a name goes ..."""
_LOOKS, _SAME_SECONDS = 6, 0.25
"""... and so many looks must have found the same."""


class OnlineCounter:
    """Counts repetitions of poses that are fed frame by frame, with what the offline count uses.

    Four times a second the last 40 s (of holds, ten minutes) are analysed as a clip.  What is announced stays
    announced.  A repetition is announced within :attr:`delay_s` of its end: 0.75 s, and 1.75 s without an exercise's
    drive, where nothing is announced before there are three.  Later only on second thoughts: what was no repetition of
    the set until then, too small beside the others or unlike them, has become one.

    Parameters
    ----------
    exercise : Exercise
    skeleton : Skeleton
        Of the poses.
    fps : float
        Frames per second, positive.
    """

    def __init__(self, exercise: Exercise, skeleton: Skeleton, fps: float) -> None:
        if not fps > 0:
            raise InputError(f"fps must be positive, got {fps:g}; give the rate at which poses come")
        self._exercise, self._skeleton, self._fps = exercise, skeleton, fps
        self._memory = round((_HOLD_MEMORY_SECONDS if exercise.isometric else _MEMORY_SECONDS) * fps)
        self._every = max(1, round(_LOOK_SECONDS * fps))
        self._recent: list[np.ndarray] = []
        self._seen = 0
        self._announced: list[Repetition] = []
        self._turns: deque[np.ndarray] = deque(maxlen=_LOOKS)

    @property
    def delay_s(self) -> float:
        """Seconds from the end of a repetition within which it is announced, second thoughts aside."""
        look = self._every / self._fps
        settled = round(_SETTLED_SECONDS * self._fps) / self._fps
        return look + (settled if self._exercise.drive is not None else max(settled, _LOOKS * look))

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """All that were announced; frames count from the first pose fed."""
        return tuple(self._announced)

    def feed(self, pose: np.ndarray) -> tuple[Repetition, ...]:
        """Takes the next pose and announces the repetitions that are over.

        Parameters
        ----------
        pose : (K, 3) metres, world space; NaN where a joint is missing

        Returns
        -------
        repetitions : those that were not announced before, in order of time
        """
        pose = np.asarray(pose, np.float32)
        if pose.shape != (len(self._skeleton.joints), 3):
            raise InputError(
                f"pose must have shape {(len(self._skeleton.joints), 3)} for skeleton {self._skeleton.name}, "
                f"got {pose.shape}; feed one frame in world space"
            )
        self._recent.append(pose)
        self._seen += 1
        if self._seen % self._every:
            return ()
        del self._recent[: -self._memory]
        return self._look(settled=self._seen - round(_SETTLED_SECONDS * self._fps))

    def finish(self) -> tuple[Repetition, ...]:
        """No more poses will come: announces what the end of the recording completes or cuts off."""
        return self._look(settled=self._seen)

    def _look(self, settled: int) -> tuple[Repetition, ...]:
        """Announces the repetitions that end by the frame ``settled``."""
        if len(self._recent) < 2 * self._every or np.isnan(clip := np.stack(self._recent)).all():
            return ()
        first = self._seen - len(clip)
        found = segment(PoseSequence(clip, self._fps, self._skeleton, "world"), self._exercise).repetitions
        if self._exercise.drive is None and settled < self._seen:
            found = self._steadfast(found, first)
        new: list[Repetition] = []
        for rep in found:
            start, stop, turn = rep.start + first, rep.stop + first, rep.turn + first
            cut_by_memory = rep.start == 0 and first > 0
            over = self._announced[-1].stop if self._announced else 0
            if stop <= settled and turn >= over and not cut_by_memory:
                announced = Repetition(len(self._announced), max(start, over), stop, turn, rep.full)
                self._announced.append(announced)
                new.append(announced)
        return tuple(new)

    def _steadfast(self, found: tuple[Repetition, ...], first: int) -> tuple[Repetition, ...]:
        """Those of ``found`` that the last looks agree on; a clip that begins at frame ``first``."""
        turns = np.array([rep.turn + first for rep in found], float)
        earlier = list(self._turns)
        self._turns.append(turns)
        if len(earlier) < _LOOKS or sum(rep.full for rep in found) < _REPEATS:
            return ()
        near = _SAME_SECONDS * self._fps
        return tuple(
            rep
            for rep, turn in zip(found, turns, strict=True)
            if all((np.abs(look - turn) <= near).any() for look in earlier)
        )
