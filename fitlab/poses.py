"""The central type: a person's joints over time.

Letters used in every docstring of fitlab: B batch, T frames, S reference frames, K joints,
D coordinates, G joint groups, W receptive field, H image height, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args, overload

import numpy as np

from fitlab.skeletons import Skeleton, conversion

if TYPE_CHECKING:
    import pandas
    import xarray

Space = Literal["image", "camera", "world", "body"]

_DIMENSIONS = {"image": 2, "camera": 3, "world": 3, "body": 3}


@dataclass(frozen=True, eq=False)
class PoseSequence:
    """Joint positions of one person over time; validated when made, never changed.

    Parameters
    ----------
    positions : array_like (T, K, D), stored as read-only float32
        NaN means missing.  Its unit and axes follow from ``space``:

        ========  ==  =========================================================================
        space     D   meaning
        ========  ==  =========================================================================
        image     2   pixels, x right, y down
        camera    3   metres, x right, y down, z forward, pelvis at the origin
        world     3   metres, z up, floor at z = 0
        body      3   metres, pelvis at the origin, x to the person's right, y forward, z up
        ========  ==  =========================================================================
    fps : float
        Frames per second, positive.
    skeleton : Skeleton
        Names the K joints.
    space : {"image", "camera", "world", "body"}
    confidence : array_like (T, K) in [0, 1], optional
        Trust in each position, 0 where it is missing.  Default: 1 where there is a position.
    image_size : (width, height) in pixels, optional
        Of the picture that the pixels of image space refer to; lifting needs it.  None elsewhere.
    history : sequence of str
        The operations that made this sequence, oldest first.

    Raises
    ------
    ValueError
        With every broken rule listed.
    """

    positions: np.ndarray
    fps: float
    skeleton: Skeleton
    space: Space
    confidence: np.ndarray = None  # type: ignore[assignment]  # filled in below
    image_size: tuple[int, int] | None = None
    history: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        positions = np.array(self.positions, dtype=np.float32)
        problems = _shape_problems(positions, self.skeleton, self.space)
        if not (np.isfinite(self.fps) and self.fps > 0):
            problems.append(f"fps must be a positive number, got {self.fps}; give the frame rate of the recording")
        if self.image_size is not None and self.space != "image":
            problems.append(f"image_size must be None in {self.space} space, got {self.image_size}")
        if problems:
            raise ValueError("; ".join(problems))

        # All coordinates at once would be all(axis=-1), ten times slower along an axis of 3.
        missing = ~np.logical_and.reduce([np.isfinite(axis) for axis in np.moveaxis(positions, -1, 0)])  # (T, K)
        positions[missing] = np.nan
        if self.confidence is None:
            confidence = np.where(missing, 0.0, 1.0).astype(np.float32)
        else:
            confidence = np.array(self.confidence, dtype=np.float32)
            if confidence.shape != missing.shape:
                raise ValueError(f"confidence must have shape {missing.shape} (T, K), got {confidence.shape}")
            confidence = np.where(missing, np.float32(0), confidence)
            if not ((confidence >= 0) & (confidence <= 1)).all():
                raise ValueError(
                    f"confidence must lie in [0, 1], got {confidence.min():g} to {confidence.max():g}; "
                    "scale the detector's scores"
                )
        for name, value in {
            "positions": positions,
            "confidence": confidence,
            "fps": float(self.fps),
            "history": tuple(self.history),
        }.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        return (
            f"PoseSequence({len(self)} frames at {self.fps:g} fps = {self.duration:.2f} s, {self.skeleton.name}, "
            f"{self.space}, {self.missing.mean():.1%} missing)"
        )

    @overload
    def __getitem__(self, key: str) -> np.ndarray: ...
    @overload
    def __getitem__(self, key: slice) -> PoseSequence: ...
    def __getitem__(self, key: str | slice) -> np.ndarray | PoseSequence:
        """``seq["left_knee"]`` -> (T, D) positions; ``seq[a:b]`` -> the clip of those frames."""
        if isinstance(key, str):
            return self.positions[:, self.skeleton.index(key)]
        if key.step not in (None, 1):
            raise ValueError(f"a clip must have step 1, got {key.step}; use fitlab.signals.resample to change fps")
        start, stop, _ = key.indices(len(self))
        return self.replace(f"clip({start}:{stop})", positions=self.positions[key], confidence=self.confidence[key])

    @property
    def missing(self) -> np.ndarray:
        """(T, K) bool: True where a joint has no position."""
        return np.isnan(self.positions[..., 0])

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds since the first frame."""
        return np.arange(len(self)) / self.fps

    @property
    def duration(self) -> float:
        """Seconds, each frame counted as lasting 1 / fps."""
        return len(self) / self.fps

    def replace(
        self,
        step: str,
        *,
        positions: np.ndarray | None = None,
        confidence: np.ndarray | None = None,
        fps: float | None = None,
        skeleton: Skeleton | None = None,
        space: Space | None = None,
    ) -> PoseSequence:
        """A new sequence with these parts changed and ``step`` appended to its history.

        New positions of another shape need new confidence; without it they keep the old one.
        """
        return PoseSequence(
            positions=self.positions if positions is None else positions,
            confidence=self.confidence if confidence is None else confidence,
            fps=self.fps if fps is None else fps,
            skeleton=self.skeleton if skeleton is None else skeleton,
            space=self.space if space is None else space,
            image_size=self.image_size if space in (None, "image") else None,
            history=(*self.history, step),
        )

    def to(self, skeleton: Skeleton) -> PoseSequence:
        """The same person in another layout, by joint name (see :func:`fitlab.skeletons.conversion`).

        Joints that cannot be had are missing; a derived joint has the confidence of the least
        certain joint that it rests on.  Raises ValueError when no joint can be had.
        """
        if skeleton == self.skeleton:
            return self
        weights = conversion(self.skeleton, skeleton)  # (K', K)
        shape = (len(self), len(skeleton))
        positions = np.full((*shape, self.positions.shape[-1]), np.nan, np.float32)
        confidence = np.zeros(shape, np.float32)
        same = weights == 1.0
        copies, sources = np.nonzero(same)
        positions[:, copies], confidence[:, copies] = self.positions[:, sources], self.confidence[:, sources]
        for row, recipe in enumerate(weights):
            used = np.flatnonzero(recipe)  # NaN counts as nonzero
            if not np.isnan(recipe).any() and not same[row].any():
                positions[:, row] = np.einsum("k,tkd->td", recipe[used], self.positions[:, used])
                confidence[:, row] = self.confidence[:, used].min(axis=1)
        return self.replace(f"to({skeleton.name})", positions=positions, confidence=confidence, skeleton=skeleton)

    def to_frame(self) -> pandas.DataFrame:
        """One row per frame: ``time`` and ``<joint>_x, _y[, _z], _confidence`` columns."""
        import pandas

        axes = "xyz"[: self.positions.shape[-1]]
        columns: dict[str, np.ndarray] = {"time": self.times}
        for k, joint in enumerate(self.skeleton.joints):
            columns |= {f"{joint}_{axis}": self.positions[:, k, d] for d, axis in enumerate(axes)}
            columns[f"{joint}_confidence"] = self.confidence[:, k]
        return pandas.DataFrame(columns)

    def to_xarray(self) -> xarray.Dataset:
        """A data set with dimensions time, space, keypoints, individuals: the layout of ``movement``."""
        import xarray

        axes = list("xyz"[: self.positions.shape[-1]])
        return xarray.Dataset(
            {
                "position": (
                    ("time", "space", "keypoints", "individuals"),
                    self.positions.transpose(0, 2, 1)[..., None],
                ),
                "confidence": (("time", "keypoints", "individuals"), self.confidence[..., None]),
            },
            coords={
                "time": self.times,
                "space": axes,
                "keypoints": list(self.skeleton.joints),
                "individuals": ["person"],
            },
            attrs={
                "source_software": "fitlab",
                "fps": self.fps,
                "time_unit": "seconds",
                "ds_type": "poses",
                "frame_of_reference": self.space,
            },
        )


def join(clips: Sequence[PoseSequence]) -> PoseSequence:
    """One sequence of these clips one after the other.

    Raises ValueError for no clips, or clips that differ in fps, skeleton, space or image size.
    """
    if not clips:
        raise ValueError("clips must hold at least one PoseSequence, got none")
    first = clips[0]
    kinds = {(clip.fps, clip.skeleton.name, clip.space, clip.image_size) for clip in clips}
    if len(kinds) > 1:
        raise ValueError(f"clips must agree in fps, skeleton, space and image size, got {kinds}; convert them first")
    return first.replace(
        f"join({len(clips)} clips)",
        positions=np.concatenate([clip.positions for clip in clips]),
        confidence=np.concatenate([clip.confidence for clip in clips]),
    )


def _shape_problems(positions: np.ndarray, skeleton: Skeleton, space: str) -> list[str]:
    if space not in get_args(Space):
        return [f"space must be one of {', '.join(get_args(Space))}, got {space!r}"]
    if positions.ndim != 3:
        return [f"positions must have shape (T, K, D), got {positions.shape}; add the missing axis"]
    problems = []
    frames, joints, coordinates = positions.shape
    if frames == 0:
        problems.append("positions must hold at least one frame, got none; check that the file is complete")
    if joints != len(skeleton):
        problems.append(
            f"positions must have {len(skeleton)} joints for skeleton {skeleton.name!r}, got {joints}; "
            "name the skeleton that the file was made with"
        )
    if coordinates != _DIMENSIONS[space]:
        problems.append(f"positions in {space} space must have {_DIMENSIONS[space]} coordinates, got {coordinates}")
    return problems
