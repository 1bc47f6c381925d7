"""Slow, obvious versions of what fitlab computes fast.  Tests hold the two against each other.

Each room appends a section of its own.  Loops and textbook formulas; nothing is imported from fitlab.
"""

import math

import numpy as np

# ------------------------------------------------------------------------------------- geometry


def joint_angle(a, b, c):
    """Angle at b in degrees for single points, by the law of cosines."""
    ab, bc, ac = math.dist(a, b), math.dist(b, c), math.dist(a, c)
    return math.degrees(math.acos(max(-1.0, min(1.0, (ab**2 + bc**2 - ac**2) / (2 * ab * bc)))))


def similarity_cost(source, target, rotation, translation, scale):
    """Sum of squared distances after moving each point by itself."""
    return sum(
        float(np.sum((scale * rotation @ p + translation - q) ** 2)) for p, q in zip(source, target, strict=True)
    )


def horn_rotation(source, target):
    """Best rotation of centred point sets as a unit quaternion (Horn 1987): another road than Kabsch's."""
    s = (source - source.mean(axis=0)).T @ (target - target.mean(axis=0))
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = s
    matrix = np.array(
        [
            [xx + yy + zz, yz - zy, zx - xz, xy - yx],
            [yz - zy, xx - yy - zz, xy + yx, zx + xz],
            [zx - xz, xy + yx, yy - xx - zz, yz + zy],
            [xy - yx, zx + xz, yz + zy, zz - xx - yy],
        ]
    )
    w, x, y, z = np.linalg.eigh(matrix)[1][:, -1]
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def bone_lengths(positions, bones):
    """One distance after another."""
    return np.array([[math.dist(frame[parent], frame[child]) for parent, child in bones] for frame in positions])


# -------------------------------------------------------------------------------------- signals


def dtw(a, b, window=None):
    """Cost of the cheapest warping path, by the recursion as Sakoe and Chiba write it."""
    rows, columns = len(a), len(b)
    longer_a, longer_b = max(0, rows - columns), max(0, columns - rows)
    best = np.full((rows, columns), np.inf)
    for i in range(rows):
        for j in range(columns):
            if window is not None and not (-window - longer_a < j - i < window + longer_b):
                continue
            before = 0.0 if i == j == 0 else np.inf
            if i:
                before = min(before, best[i - 1, j])
            if j:
                before = min(before, best[i, j - 1])
            if i and j:
                before = min(before, best[i - 1, j - 1])
            best[i, j] = before + sum((x - y) ** 2 for x, y in zip(a[i], b[j], strict=True))
    return math.sqrt(best[-1, -1])


def runs(mask):
    """Intervals where mask is True, frame by frame."""
    found, start = [], None
    for t, on in enumerate([*mask, False]):
        if on and start is None:
            start = t
        if not on and start is not None:
            found.append((start, t))
            start = None
    return found


def savitzky_golay(values, window, degree, derivative, fps):
    """A polynomial fitted to each window of one column and evaluated; at the ends, the first and last window's."""
    half, count = window // 2, len(values)
    result = []
    for t in range(count):
        middle = min(max(t, half), count - 1 - half)
        frames = np.arange(middle - half, middle + half + 1)
        fitted = np.polynomial.Polynomial.fit((frames - t) / fps, values[frames], degree).convert()
        result.append(fitted.deriv(derivative)(0.0) if derivative else fitted(0.0))
    return np.array(result)


def one_euro(values, fps, min_cutoff_hz, beta, derivative_cutoff_hz):
    """Casiez' algorithm for one column without gaps, as published."""

    def share(cutoff):
        return 1 / (1 + (1 / (2 * math.pi * cutoff)) * fps)

    smooth, speed, result = values[0], 0.0, [values[0]]
    for value in values[1:]:
        weight = share(derivative_cutoff_hz)
        speed = weight * (value - smooth) * fps + (1 - weight) * speed
        weight = share(min_cutoff_hz + beta * abs(speed))
        smooth = weight * value + (1 - weight) * smooth
        result.append(smooth)
    return np.array(result)


# -------------------------------------------------------------------------------------- metrics


def mpjpe(predicted, true):
    """Mean over all joints of all poses that are there in both."""
    errors = [
        math.dist(p, t)
        for pose_p, pose_t in zip(predicted, true, strict=True)
        for p, t in zip(pose_p, pose_t, strict=True)
        if not (np.isnan(p).any() or np.isnan(t).any())
    ]
    return sum(errors) / len(errors)


def p_mpjpe(predicted, true):
    """Every pose turned by Horn's quaternion, scaled by the ratio that minimises the squares, and compared."""
    moved = []
    for p, t in zip(predicted, true, strict=True):
        a, b = p - p.mean(axis=0), t - t.mean(axis=0)
        turned = a @ horn_rotation(p, t).T
        moved.append((turned * b).sum() / (a * a).sum() * turned + t.mean(axis=0))
    return mpjpe(np.array(moved), true)


def oks(predicted, true, area, sigmas):
    """COCO's formula, keypoint by keypoint, for one person."""
    terms = []
    for p, t, sigma in zip(predicted, true, sigmas, strict=True):
        if not np.isnan(t).any():
            terms.append(
                0.0 if np.isnan(p).any() else math.exp(-(math.dist(p, t) ** 2) / (2 * area * (2 * sigma) ** 2))
            )
    return sum(terms) / len(terms)


def pck(predicted, true, size, threshold):
    """Counted one keypoint at a time."""
    right = labelled = 0
    for p, t in zip(predicted, true, strict=True):
        if not np.isnan(t).any():
            labelled += 1
            right += not np.isnan(p).any() and math.dist(p, t) <= threshold * size
    return right / labelled
