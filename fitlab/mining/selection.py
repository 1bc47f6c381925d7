"""Out of many doubtful frames a few that differ, in time and in pose."""

import numpy as np


def apart_in_time(
    clips: np.ndarray, times: np.ndarray, doubt: np.ndarray, gap_s: float, limit: int | None = None
) -> np.ndarray:
    """Frames of which no two of a clip are closer than ``gap_s``: the most doubtful ones first, as far as they go.

    Parameters
    ----------
    clips : (N,), times : (N,) seconds, doubt : (N,)
    limit : int, optional
        At most so many; default: as many as there are.

    Returns
    -------
    kept : (<= N,) int
        By falling doubt, earlier frames first among equals.
    """
    codes = {clip: code for code, clip in enumerate(dict.fromkeys(clips))}
    clip_of = np.array([codes[clip] for clip in clips], int)  # N paths take seconds to compare N times, numbers do not
    kept: list[int] = []
    free = np.ones(len(doubt), bool)
    for at in np.argsort(-doubt, kind="stable"):
        if len(kept) == limit:
            break
        if free[at]:
            kept.append(int(at))
            free &= ~((clip_of == clip_of[at]) & (np.abs(times - times[at]) < gap_s - 1e-6))
    return np.array(kept, int)


def farthest_first(distances: np.ndarray, n: int, first: int) -> np.ndarray:
    """Up to ``n`` points, each the farthest from those before it (Gonzalez 1985, the greedy k-centre of core-sets).

    Parameters
    ----------
    distances : (M, M)
        NaN: not known, taken for 0, so that what cannot be compared comes last.
    first : int
        The point to begin with.

    Returns
    -------
    chosen : (min(n, M),) int
        In the order in which they were taken.
    """
    away = np.nan_to_num(distances[first], nan=0.0)
    chosen = [first]
    while len(chosen) < min(n, len(distances)):
        away[chosen] = -1  # taken
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.nan_to_num(distances[chosen[-1]], nan=0.0))
    return np.array(chosen)


def k_medoids(distances: np.ndarray, k: int, rounds: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Groups with a member in the middle of each (Voronoi iteration, Park and Jun 2009; begun farthest first).

    Parameters
    ----------
    distances : (M, M), symmetric; NaN: taken for the largest one
    k : int
        At most M.

    Returns
    -------
    medoids : (k,) int
        Indices, the largest group first.
    labels : (M,) int
        Which group each point is in.
    """
    largest = np.nanmax(distances, initial=0.0)
    known = np.nan_to_num(distances, nan=largest)
    np.fill_diagonal(known, 0.0)
    medoids = farthest_first(known, min(k, len(known)), int(known.sum(axis=1).argmin()))
    for _ in range(rounds):
        labels = _labels(known, medoids)
        groups = [np.flatnonzero(labels == group) for group in range(len(medoids))]
        moved = np.array([group[known[np.ix_(group, group)].sum(axis=1).argmin()] for group in groups])
        if (moved == medoids).all():
            break
        medoids = moved
    labels = _labels(known, medoids)
    order = np.argsort(-np.bincount(labels, minlength=len(medoids)), kind="stable")
    return medoids[order], np.argsort(order)[labels]


def _labels(known: np.ndarray, medoids: np.ndarray) -> np.ndarray:
    """The nearest medoid of every point; a medoid is always in its own group, also among twins."""
    labels = known[:, medoids].argmin(axis=1)
    labels[medoids] = np.arange(len(medoids))
    return labels
