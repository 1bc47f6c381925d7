"""Slow, obvious versions of what fitlab computes fast.  Tests hold the two against each other.

Each room appends a section of its own.  Loops and textbook formulas; nothing is imported from fitlab.
"""

import itertools
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
    return math.sqrt(warping_costs(a, b, window)[-1, -1])


def dtw_path(a, b, window=None):
    """The cheapest warping path [(i, j)], walked back from the end."""
    best = warping_costs(a, b, window)
    path = [(len(a) - 1, len(b) - 1)]
    while path[-1] != (0, 0):
        i, j = path[-1]
        before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        path.append(min((cell for cell in before if min(cell) >= 0), key=lambda cell: best[cell]))
    return path[::-1]


def warping_costs(a, b, window):
    """Squared cost of the cheapest warping path to every cell."""
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
    return best


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


# Lifting


def one_window_per_frame(network, keypoints):
    """(T + W - 1, K, 2) -> (T, K, 3): the temporal network shown one window after the other."""
    import torch

    width = network.receptive_field
    windows = [keypoints[start : start + width][None] for start in range(len(keypoints) - width + 1)]
    return torch.cat([network(window)[0] for window in windows])


# --- analysis ---------------------------------------------------------------------------------------


def measure(kind, points, left, joints, trunk):
    """One frame of a measure (fitlab.exercises.KINDS) with school trigonometry.

    ``left`` is the person's left, ``trunk`` leads from the pelvis to the thorax.
    """
    left = np.array([left[0], left[1], 0.0]) / math.hypot(left[0], left[1])
    forward = np.cross(left, [0.0, 0.0, 1.0])
    inward = -1.0 if joints[-1].startswith("left_") else 1.0
    if kind == "joint_angle":
        u, v = points[0] - points[1], points[2] - points[1]
        return math.degrees(math.acos(u @ v / math.sqrt(u @ u) / math.sqrt(v @ v)))
    segment = points[1] - points[0]
    length = math.sqrt(segment @ segment)
    if kind == "inclination":
        return math.degrees(math.acos(segment[2] / length))
    if kind == "elevation":
        return math.degrees(math.asin(segment[2] / length))
    if kind == "height":
        return 100 * segment[2]
    if kind == "forward":
        return 100 * (segment @ forward)
    if kind == "inward":
        return 100 * inward * (segment @ left)
    if kind == "slope":
        return abs(math.degrees(math.asin(segment[2] / length)))
    if kind == "stride":  # differences of places along the trunk, each by the angle between trunk and the way there
        places = []
        for point in points:
            away = math.sqrt(point @ point)
            places.append(away * math.cos(math.acos(point @ trunk / away / math.sqrt(trunk @ trunk))))
        return 100 * (abs(places[0] - places[1]) + abs(places[2] - places[3])) / 2
    if kind == "above_line":  # distance from the line, by the angles at the first point within the line's upright plane
        u, v = points[1] - points[0], points[2] - points[0]
        sideways = np.cross([0.0, 0.0, 1.0], v) / math.hypot(v[0], v[1])
        ahead = np.cross(sideways, [0.0, 0.0, 1.0])
        steepness = math.atan2(v[2], v @ ahead)
        return 100 * (u[2] * math.cos(steepness) - (u @ ahead) * math.sin(steepness))
    # off_line: distance of the second point from the line first-third in (left, up), signed by the side of the midline
    first, second, third = ((point @ left, point[2]) for point in points)
    slope = ((third[0] - first[0]), (third[1] - first[1]))
    normal = (-slope[1], slope[0])  # of a line that points down, to the left
    length = math.hypot(*normal)
    return 100 * inward * ((second[0] - first[0]) * normal[0] + (second[1] - first[1]) * normal[1]) / length


def stretched(values, at):
    """Linear interpolation of rows at fractional indices, one by one."""
    result = []
    for moment in at:
        low = min(math.floor(moment), len(values) - 1)
        high = min(low + 1, len(values) - 1)
        result.append((1 - (moment - low)) * values[low] + (moment - low) * values[high])
    return np.array(result)


def likeness(motion, starts, stops, samples):
    """Mean correlation of every stretched piece with the mean of the others."""
    pieces = []
    for start, stop in zip(starts, stops, strict=True):
        piece = stretched(motion, [start + (stop - 1 - start) * i / (samples - 1) for i in range(samples)])
        piece = (piece - piece.mean(axis=0)).ravel()
        pieces.append(piece / math.sqrt(piece @ piece))
    total = 0.0
    for i, piece in enumerate(pieces):
        others = sum(other for j, other in enumerate(pieces) if j != i)
        total += piece @ others / math.sqrt(others @ others)
    return total / len(pieces)


def frames_to_rest(outward, left_rest=0.1, still=0.05):
    """From a peak (first value) on: first into the last tenth above the lowest value, then on until it stands still."""
    bottom = min(range(len(outward)), key=lambda frame: outward[frame])
    height = outward[0] - outward[bottom]
    if height <= 0:
        return 0
    falls = [outward[frame] - outward[frame + 1] for frame in range(bottom)]
    frame = 0
    while outward[frame] > outward[bottom] + left_rest * height:
        frame += 1
    while frame < bottom and falls[frame] >= still * max(falls):
        frame += 1
    return frame


def turned_about(axis, angle):
    """Rotation by Rodrigues' formula."""
    x, y, z = axis / math.sqrt(axis @ axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


SHARES = np.linspace(0.05, 0.95, 19)


def moments_at_shares(progress, rep, shares, out):
    """When each share of the way has been gone for the first time, counted from the outer end inwards to the turn."""
    frames = list(range(rep.start, rep.turn + 1)) if out else list(range(rep.stop - 1, rep.turn - 1, -1))
    rest = min(progress[rep.start : rep.stop])
    gone, most = [], -math.inf
    for number, frame in enumerate(frames):
        most = max(most, (progress[frame] - rest) / max(progress[rep.turn] - rest, 1e-9))
        gone.append(most + 1e-9 * number)
    return [float(np.interp(share, gone, frames)) for share in shares], gone[0]


def best_rotation(a, b):
    """(3, 3): what brings the rows of ``b`` nearest to those of ``a``, by Kabsch."""
    u, _, vt = np.linalg.svd(sum(np.outer(x, y) for x, y in zip(a, b, strict=True)))
    return u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt


def rotated_distance(user, user_progress, rep, reference, reference_progress, other):
    """Squared distance of two repetitions at equal shares of their ways, every bone rotated onto its counterpart."""
    total = 0.0
    poses = []
    for values, progress, each in ((user, user_progress, rep), (reference, reference_progress, other)):
        moments = [m for out in (True, False) for m in moments_at_shares(progress, each, SHARES, out)[0]]
        poses.append(stretched(values, moments))
    for bone in range(user.shape[1] // 3):
        a, b = (values[:, 3 * bone : 3 * bone + 3] for values in poses)
        total += ((a - b @ best_rotation(a, b).T) ** 2).sum()
    return total


def retimed(user, user_progress, rep, reference, reference_progress, other):
    """Frame by frame: the same share of the way, then twice the cheapest warping path, then the best of 13 moments.

    Warping sees what lies between two moments that are far apart; the best is the vertex of a parabola.

    Also the squared distance that is left in each frame.
    """
    pairs = []
    for out in (True, False):
        _, outer = moments_at_shares(user_progress, rep, [], out)
        _, their_outer = moments_at_shares(reference_progress, other, [], out)
        shares = [outer, *(share for share in SHARES if share > outer)]
        mine = moments_at_shares(user_progress, rep, shares, out)[0]
        theirs = list(moments_at_shares(reference_progress, other, shares, out)[0])
        if abs(outer - their_outer) < 0.15:
            theirs[0] = other.start if out else other.stop - 1
        pairs += zip(mine, theirs, strict=True)
    marks = []
    for mine, theirs in sorted(pairs):
        if not marks or mine > marks[-1][0]:
            marks.append((mine, max(theirs, marks[-1][1] if marks else theirs)))
    length = rep.stop - rep.start
    margin = math.ceil(0.1 * length)
    frames = range(max(0, rep.start - margin), min(len(user), rep.stop + margin))
    moments = []
    for frame in frames:
        moment = float(np.interp(frame, *zip(*marks, strict=True)))
        beyond = frame - rep.start if frame < rep.start else max(0, frame - (rep.stop - 1))
        moments.append(min(max(moment + beyond * (other.stop - other.start) / length, 0), len(reference) - 1))
    own = user[list(frames)]
    for _ in range(2):
        turned = _turned_where_that_explains_most(own, reference, moments)
        first, fast = moments[:1], 2 * (moments[-1] - moments[0]) / (len(moments) - 1)
        for before, after in itertools.pairwise(moments):
            pieces = max(1, math.ceil((after - before) / fast)) if fast else 1
            first += [before + (after - before) * piece / pieces for piece in range(1, pieces + 1)]
        path = dtw_path(own, stretched(turned, first), max(3, math.ceil(0.1 * len(own))))
        moments = []
        for i in range(len(own)):
            matched = [j for k, j in path if k == i]
            moments.append(float(np.interp(sum(matched) / len(matched), range(len(first)), first)))
    turned = _turned_where_that_explains_most(own, reference, moments)
    result, left = [], []
    for frame, pose, warped in zip(frames, own, moments, strict=True):
        if not rep.start <= frame < rep.stop:
            continue
        tried = [min(max(warped + step, moments[0]), moments[-1]) for step in np.linspace(-1.5, 1.5, 13)]
        apart = [((on_curve(turned, moment) - pose) ** 2).sum() for moment in tried]
        moment, least = lowest_on_a_parabola(tried, apart)
        result.append(max(moment, result[-1] if result else -math.inf))
        left.append(least)
    return result, left


def lowest_on_a_parabola(places, heights):
    """The lowest of places equally far apart, or the vertex between its neighbours."""
    best = int(np.argmin(heights))
    k = min(max(best, 1), len(places) - 2)
    gap, other_gap = places[k + 1] - places[k], places[k] - places[k - 1]
    if gap > 0 and math.isclose(gap, other_gap, rel_tol=1e-5):
        bend, slope, height = np.polyfit([-1, 0, 1], heights[k - 1 : k + 2], 2)
        if bend > 0 and abs(slope) < 2 * bend:
            return places[k] - slope / (2 * bend) * gap, height - slope**2 / (4 * bend)
    return places[best], heights[best]


def on_curve(values, moment):
    """Hermite's cubic between two frames, with the slope at each from the frame before to the one after."""
    frames = [2 * values[0] - values[1], *values, 2 * values[-1] - values[-2]]
    low = min(int(moment), len(values) - 2)
    before, first, second, after = frames[low : low + 4]
    s = moment - low
    rest = (2 * s**3 - 3 * s**2 + 1) * first + (3 * s**2 - 2 * s**3) * second
    return rest + (s**3 - 2 * s**2 + s) * (second - before) / 2 + (s**3 - s**2) * (after - first) / 2


def _turned_where_that_explains_most(own, reference, moments):
    """Every bone of the reference rotated onto the user's, where without that it is off by more than twice as much."""
    turned, paired = reference.copy(), stretched(reference, moments)
    for bone in range(own.shape[1] // 3):
        part = slice(3 * bone, 3 * bone + 3)
        rotation = best_rotation(own[:, part], paired[:, part])
        off = ((own[:, part] - paired[:, part]) ** 2).sum()
        if off > 2 * ((own[:, part] - paired[:, part] @ rotation.T) ** 2).sum():
            turned[:, part] = reference[:, part] @ rotation.T
    return turned


def on_lengths(positions, parents, lengths_of_child):
    """Bone directions on other bone lengths, joint by joint from the root, one frame at a time."""
    result = positions.copy()

    def put(joint, frame):
        if parents[joint] < 0:
            return positions[frame, joint]
        bone = positions[frame, joint] - positions[frame, parents[joint]]
        return put(parents[joint], frame) + lengths_of_child[joint] * bone / math.sqrt(bone @ bone)

    for frame in range(len(positions)):
        for joint in range(len(parents)):
            result[frame, joint] = put(joint, frame)
    return result


# ------------------------------------------------------------------------------------- synthesis


def skinned_vertex(vertex, bones, weights, rest_heads, rotations, heads):
    """One vertex under linear blend skinning: the weighted mean of where each bone would carry it."""
    return sum(w * (rotations[b] @ (vertex - rest_heads[b]) + heads[b]) for b, w in zip(bones, weights, strict=True))


def first_hit(origin, target, triangles):
    """Distance from origin to the first triangle on the ray through target, inf for none (Moeller & Trumbore 1997)."""
    direction = (target - origin) / np.linalg.norm(target - origin)
    nearest = math.inf
    for a, b, c in triangles:
        p = np.cross(direction, c - a)
        determinant = (b - a) @ p
        if abs(determinant) < 1e-14:
            continue
        u = (origin - a) @ p / determinant
        q = np.cross(origin - a, b - a)
        v = direction @ q / determinant
        t = (c - a) @ q / determinant
        if u >= 0 and v >= 0 and u + v <= 1 and t > 0:
            nearest = min(nearest, t)
    return nearest


def centre_of_volume(vertices, faces):
    """Centroid of a closed mesh: tetrahedra from the origin, each weighted by its signed volume."""
    total, moment = 0.0, np.zeros(3)
    for a, b, c in vertices[faces]:
        volume = a @ np.cross(b, c) / 6
        total += volume
        moment += volume * (a + b + c) / 4
    return moment / total


# -------------------------------------------------------------------------------------- formats


def bvh_places(text):
    """{joint: (T, 3)} of a BVH file: one matrix per channel, frame by frame; positions replace offsets."""
    head, _, motion = text.partition("MOTION")
    rows = [[float(v) for v in line.split()] for line in motion.strip().splitlines()[2:]]
    places, joints, stack = {}, [], []
    for line in head.splitlines():
        words = line.split()
        if words[:1] in (["ROOT"], ["JOINT"]):
            joints.append({"name": words[1], "parent": stack[-1] if stack else None, "channels": []})
            stack.append(joints[-1])
        elif words[:1] == ["End"]:
            stack.append({})
        elif words[:1] == ["OFFSET"]:
            stack[-1]["offset"] = [float(v) for v in words[1:]]
        elif words[:1] == ["CHANNELS"]:
            stack[-1]["channels"] = words[2:]
        elif words[:1] == ["}"]:
            stack.pop()
    for row in rows:
        values = iter(row)
        for joint in joints:
            place, turn = list(joint["offset"]), np.eye(3)
            for channel in joint["channels"]:
                value, axis = next(values), "XYZ".index(channel[0])
                if channel.endswith("position"):
                    place[axis] = value
                else:
                    turn = turn @ rotation_about(axis, math.radians(value))
            joint["matrix"] = np.eye(4)
            joint["matrix"][:3, :3], joint["matrix"][:3, 3] = turn, place
            if joint["parent"]:
                joint["matrix"] = joint["parent"]["matrix"] @ joint["matrix"]
            places.setdefault(joint["name"], []).append(joint["matrix"][:3, 3])
    return {name: np.array(path) for name, path in places.items()}


def rotation_about(axis, angle):
    """(3, 3) right-handed rotation about axis 0, 1 or 2."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array(
        [[[1, 0, 0], [0, c, -s], [0, s, c]], [[c, 0, s], [0, 1, 0], [-s, 0, c]], [[c, -s, 0], [s, c, 0], [0, 0, 1]]][
            axis
        ]
    )


# ------------------------------------------------------------------------------ classification


def counted_auc(scores, truth):
    """Share of pairs of a positive and a negative in the right order, ties half."""
    won = total = 0.0
    for a, positive in zip(scores, truth, strict=True):
        for b, other in zip(scores, truth, strict=True):
            if positive and not other:
                total += 1
                won += 1.0 if a > b else 0.5 if a == b else 0.0
    return won / total


def counted_calibration_error(probabilities, truth, bins):
    """Bin by bin."""
    error = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [k for k, p in enumerate(probabilities) if low <= p < high or (p == 1 and high == 1)]
        if inside:
            mean = sum(probabilities[k] for k in inside) / len(inside)
            share = sum(bool(truth[k]) for k in inside) / len(inside)
            error += len(inside) / len(probabilities) * abs(mean - share)
    return error


def best_cut(values, truth):
    """Every middle between two neighbours, one after the other; of equals the one in the widest gap."""
    known = [(v, t) for v, t in zip(values, truth, strict=True) if not math.isnan(v)]
    ranks = sorted({v for v, _ in known})
    best = (0.0, 0.0, math.nan)
    for low, high in zip(ranks, ranks[1:], strict=False):
        cut = (low + high) / 2
        positives, negatives = [v for v, t in known if t], [v for v, t in known if not t]
        accuracy = (
            sum(v > cut for v in positives) / len(positives) + sum(v < cut for v in negatives) / len(negatives)
        ) / 2
        if (round(accuracy, 9), high - low) > (round(best[0], 9), best[1]):
            best = (accuracy, high - low, cut)
    return best[2], best[0]


# ------------------------------------------------------------------------------------- mining


def shape_distance(a, b):
    """Both poses (K, 2) cut down to what both have, moved to their mean, scaled to norm 1; then the plain distance."""
    common = [k for k in range(len(a)) if not (np.isnan(a[k]).any() or np.isnan(b[k]).any())]
    if len(common) < 6:
        return math.nan
    one, other = a[common] - a[common].mean(axis=0), b[common] - b[common].mean(axis=0)
    return float(np.linalg.norm(one / np.linalg.norm(one) - other / np.linalg.norm(other)))


def off_cubic(positions, frames, step):
    """Distance (N, K) from the cubic that np.polyfit lays through four neighbours."""
    offsets = [-2, -1, 1, 2]
    off = np.zeros((len(frames), positions.shape[1]))
    for row, frame in enumerate(frames):
        for k in range(positions.shape[1]):
            neighbours = np.array([positions[frame + offset * step, k] for offset in offsets])
            expected = [np.polyval(np.polyfit(offsets, neighbours[:, axis], 3), 0) for axis in range(2)]
            off[row, k] = math.dist(positions[frame, k], expected)
    return off


def farthest_first(distances, n, first):
    """Again and again the point whose nearest chosen one is farthest."""
    chosen = [first]
    while len(chosen) < n:
        left = [p for p in range(len(distances)) if p not in chosen]
        chosen.append(max(left, key=lambda p: min(distances[p][c] for c in chosen)))
    return chosen


def best_radius(distances, k):
    """The smallest k-centre radius, out of all choices."""
    points = range(len(distances))
    return min(
        max(min(distances[p][c] for c in centres) for p in points) for centres in itertools.combinations(points, k)
    )


def best_medoids(distances):
    """The smallest sum of distances to one member of a group."""
    return min(float(np.sum(row)) for row in distances)


def repetition_columns(positions, bones, fps, windows=10):
    """Posture, motion and tempo of a repetition (T, K, 3) in its own axes; ``bones`` are pairs of joint numbers."""
    frames = len(positions)
    rest = range(max(3, round(frames / 12)))
    directions = np.zeros((frames, len(bones), 3))
    for t in range(frames):
        for number, (start, end) in enumerate(bones):
            way = positions[t, end] - positions[t, start]
            directions[t, number] = way / max(math.hypot(*way), 1e-9)
    parts = np.array_split(np.arange(frames), windows)

    def means(values):
        return [value for part in parts for value in np.mean([values[t] for t in part], axis=0).ravel()]

    def extreme(values, which):
        return [which(values[:, number].tolist()) for number in range(values.shape[1])]

    moved, turned = (values - np.mean([values[t] for t in rest], axis=0) for values in (positions, directions))
    flat = {"turn": directions.reshape(frames, -1), "move": moved.reshape(frames, -1)}
    flat["turned"] = turned.reshape(frames, -1)
    speed, jerk = np.zeros(positions.shape[:2]), np.zeros(positions.shape[:2])
    for k in range(positions.shape[1]):
        first = np.gradient(positions[:, k], axis=0)
        third = np.gradient(np.gradient(first, axis=0), axis=0)
        for t in range(frames):
            speed[t, k], jerk[t, k] = math.hypot(*first[t]) * fps, math.hypot(*third[t]) * fps**3
    return {
        "posture": [*means(positions), *means(directions), *extreme(flat["turn"], max), *extreme(flat["turn"], min)],
        "motion": [
            *(*means(moved), *means(turned), *extreme(flat["move"], max), *extreme(flat["move"], min)),
            *(*extreme(flat["turned"], max), *extreme(flat["turned"], min)),
        ],
        "tempo": [
            *means(speed),
            *(math.log(jerk[:, k].mean() + 1e-9) for k in range(positions.shape[1])),
            *(speed[:, k].mean() * frames / fps for k in range(positions.shape[1])),
            math.log(frames / fps),
        ],
    }


# ----------------------------------------------------------------------------------- augmentation


def shared_points(shape, length, angle):
    """Kernel of a motion blur: every point of the line is given to the four pixels around it, one after the other."""
    rows, columns = shape
    count = 8 * (2 * math.ceil(length / 2) + 1)
    kernel = np.zeros(shape)
    for number in range(count):
        way = length / 2 * (2 * number / (count - 1) - 1)
        x, y = columns // 2 + way * math.cos(angle), rows // 2 + way * math.sin(angle)
        for column in range(columns):
            for row in range(rows):
                kernel[row, column] += max(0.0, 1 - abs(x - column)) * max(0.0, 1 - abs(y - row)) / count
    return kernel


def filled_in(image, gone, coarse):
    """A reduced picture of means of what is known around each pixel, in the smallest window with enough of it."""
    rows, columns = gone.shape[0] // coarse, gone.shape[1] // coarse
    blocks = image.reshape(rows, coarse, columns, coarse, 3).mean(axis=(1, 3)).round()
    known = 1 - gone.reshape(rows, coarse, columns, coarse).mean(axis=(1, 3))
    pad = max(rows, columns, 64)
    weights = np.pad(known, pad, mode="symmetric")
    colours = np.pad(blocks * known[..., None], ((pad, pad), (pad, pad), (0, 0)), mode="symmetric")
    filled = np.zeros((rows, columns, 3))
    for row, column in itertools.product(range(rows), range(columns)):
        for half in (1, 4, 16, 64):
            window = np.s_[pad + row - half : pad + row + half + 1, pad + column - half : pad + column + half + 1]
            if weights[window].mean() > 0.02:
                filled[row, column] = colours[window].sum(axis=(0, 1)) / weights[window].sum()
                break
    return filled.astype(np.uint8)


def in_a_set(likely, kept):
    """Probabilities of a mistake in each repetition given all, summed over every habit and everything possible."""
    weights = {}
    for habit in (True, False):
        for made in itertools.product((True, False), repeat=len(likely)):
            weight = 1.0
            for m, p in zip(made, likely, strict=True):
                weight *= (kept if m == habit else 1 - kept) * (p if m else 1 - p)
            weights[habit, made] = weight
    total = sum(weights.values())
    return [sum(w for (_, made), w in weights.items() if made[n]) / total for n in range(len(likely))]
