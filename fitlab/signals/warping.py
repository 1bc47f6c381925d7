"""Dynamic time warping: which frame of one movement matches which frame of another."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from dtaidistance import dtw_ndim


@dataclass(frozen=True, eq=False)
class Alignment:
    """How two sequences run alongside each other.

    Parameters
    ----------
    path : int (P, 2)
        Matching frames (i in a, j in b) from (0, 0) to (T - 1, S - 1); both columns never fall,
        and every frame of either sequence occurs at least once.
    cost : float
        Root of the sum of squared distances along the path.
    """

    path: np.ndarray
    cost: float


def dtw(a: np.ndarray, b: np.ndarray, window: int | None = None) -> Alignment:
    """Exact dynamic time warping with Euclidean distance between frames.

    Sakoe and Chiba, IEEE ASSP 26(1), 1978, with steps (1, 0), (0, 1), (1, 1) of equal weight, by the
    C code of ``dtaidistance``: exact DTW is faster in practice than its approximations (Wu and
    Keogh, "FastDTW is approximate and generally slower", IEEE TKDE 2020).

    Parameters
    ----------
    a, b : (T, F) and (S, F), finite
        Features of each frame, scaled so that they may be added up.
    window : int, optional
        i and j may differ by less than this beyond the difference in length of a and b; None for
        any.  Time and memory grow with T * S (1800 x 1700 frames: 25 MB) or with T * window.

    Returns
    -------
    alignment : Alignment
    """
    a, b = (np.ascontiguousarray(values, dtype=np.float64) for values in (a, b))
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"a and b must have shapes (T, F) and (S, F), got {a.shape} and {b.shape}")
    if len(a) == 0 or len(b) == 0:
        raise ValueError(f"a and b must hold at least one frame each, got {len(a)} and {len(b)}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a and b must be finite, got NaN or infinity; fill the gaps or leave those features out")
    if a.shape[1] == 1:  # the library refuses a single feature
        a, b = (np.pad(values, ((0, 0), (0, 1))) for values in (a, b))
    path, cost = dtw_ndim.warping_path(a, b, include_distance=True, use_c=True, window=window)
    flat = np.fromiter(chain.from_iterable(path), np.intp, 2 * len(path))
    return Alignment(flat.reshape(-1, 2), float(cost))
