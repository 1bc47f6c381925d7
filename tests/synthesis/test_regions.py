"""Clothes and hair lie where they belong, on both sides alike, on adults of every build."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.figure import figure
from fitlab.synthesis.regions import (
    bare,
    hair_edge,
    landmarks,
    limb_weights,
    shirt_edge,
    shoe_edge,
    smoother,
    trousers_edge,
)

T_SHIRT = {"sleeve": 0.3, "hem": 0.0, "neck_m": 0.075, "v_neck": 0.5}


@pytest.fixture(scope="module", params=range(6))
def person(request):
    """Random adults, the first one small and heavy, the second one tall and lean."""
    extremes = [{"height": 0.05, "weight": 0.95, "gender": 1.0}, {"height": 0.95, "weight": 0.1, "gender": 0.0}]
    drawn = draw_phenotype(np.random.default_rng(request.param))
    return Body(extremes[request.param] if request.param < 2 else drawn)


def head_of(body, bone):
    return body.heads[body.template.bone_index[bone]]


def near(body, place):
    """The figure's vertex that is closest to a place (3,) of the rest pose."""
    return int(np.argmin(np.linalg.norm(bare(body) - place, axis=1)))


def middle_of(body, start, end, share=0.5):
    """Vertex on the skin around a limb."""
    return near(body, (1 - share) * head_of(body, start) + share * head_of(body, end))


def in_front(body, height):
    """Vertex on the midline of the trunk at a height in metres, as seen from the front; and from behind."""
    points = bare(body)
    level = np.flatnonzero((np.abs(points[:, 2] - height) < 0.03) & (np.abs(points[:, 0]) < 0.03))
    return level[points[level, 1].argmin()], level[points[level, 1].argmax()]


def mirrored_neighbours(body):
    """Vertices whose mirror image has a vertex within 5 mm, and that vertex; the thinned mesh is not symmetric."""
    points = bare(body)
    away, other = cKDTree(points).query(points * (-1, 1, 1))
    close = np.flatnonzero(away < 0.005)
    return close, other[close]


def each_covers_more(covered):
    """Whether every mask holds the one before it and something else."""
    return all((more | ~less).all() and more.sum() > less.sum() for less, more in pairwise(covered))


def edges(body):
    return {
        "shirt": shirt_edge(body, **T_SHIRT),
        "tank top": shirt_edge(body, **T_SHIRT | {"sleeve": -1.0}),
        "trousers": trousers_edge(body, 0.5, 0.2),
        "shoes": shoe_edge(body, 0.012),
        "hair": hair_edge(body),
    }


def test_bare_is_the_drawn_part_of_the_body(person):
    np.testing.assert_array_equal(bare(person), person.vertices[figure().vertices])


@pytest.mark.parametrize("piece", ["shirt", "tank top", "trousers", "shoes", "hair"])
def test_both_sides_wear_the_same(person, piece):
    here, there = mirrored_neighbours(person)
    assert len(here) > 0.5 * len(figure().vertices)
    edge = edges(person)[piece]
    assert np.mean((edge[here] > 0) == (edge[there] > 0)) > 0.98
    assert np.quantile(np.abs(edge[here] - edge[there]), 0.9) < 0.012


def test_limbs_are_told_apart(person):
    weights = limb_weights()
    for limb, places in {
        "arm": (("upperarm01", "lowerarm01"), ("lowerarm01", "wrist")),
        "leg": (("upperleg01", "lowerleg01"), ("lowerleg01", "foot")),
    }.items():
        for side in (".L", ".R"):
            for start, end in places:
                at = middle_of(person, start + side, end + side)
                assert weights[limb][at] > 0.9
                assert all(weights[other][at] < 0.1 for other in weights if other != limb)
    assert weights["head"][bare(person)[:, 2].argmax()] == pytest.approx(1, abs=1e-5)
    total = sum(weights.values())
    assert min(share.min() for share in weights.values()) >= 0 and total.max() < 1 + 1e-5
    assert total[in_front(person, head_of(person, "spine03")[2])[0]] < 0.05


def test_a_shirt_covers_the_trunk_and_nothing_else(person):
    shirt = shirt_edge(person, **T_SHIRT)
    for bone in ("spine01", "spine02", "spine03"):
        front, back = in_front(person, head_of(person, bone)[2])
        assert shirt[front] > 0 and shirt[back] > 0, bone
    nose, _ = landmarks(person)
    bare_places = [near(person, nose), bare(person)[:, 2].argmax(), bare(person)[:, 2].argmin()]
    for side in (".L", ".R"):
        bare_places += [middle_of(person, f"lowerarm01{side}", f"wrist{side}")]
        bare_places += [middle_of(person, f"upperleg01{side}", f"lowerleg01{side}")]
        assert shirt[middle_of(person, f"upperarm01{side}", f"lowerarm01{side}", 0.2)] > 0
    assert (shirt[bare_places] < 0).all()


def test_longer_sleeves_and_lower_hems_cover_more(person):
    covered = [shirt_edge(person, **T_SHIRT | {"sleeve": sleeve}) > 0 for sleeve in (-1.0, 0.2, 0.45, 0.7, 0.97)]
    assert each_covers_more(covered)
    covered = [shirt_edge(person, **T_SHIRT | {"hem": hem}) > 0 for hem in (0.48, 0.2, 0.0)]
    assert each_covers_more(covered)


def test_the_end_of_a_sleeve_is_as_far_along_the_arm_as_it_says(person):
    """A signed distance in metres: with another sleeve it is shifted by the difference of the lengths."""
    arm = np.linalg.norm(head_of(person, "wrist.L") - head_of(person, "upperarm01.L"))
    short, long = (shirt_edge(person, **T_SHIRT | {"sleeve": sleeve}) for sleeve in (0.3, 0.6))
    elbow = [middle_of(person, f"lowerarm01{side}", f"wrist{side}", 0.05) for side in (".L", ".R")]
    np.testing.assert_allclose(long[elbow] - short[elbow], 0.3 * arm, atol=1e-5)


def test_a_hem_above_the_neck_is_no_shirt(person):
    assert (shirt_edge(person, sleeve=-1.0, hem=2.0, neck_m=0.08, v_neck=0.5) < 0).all()


def test_a_v_neck_opens_in_front(person):
    round_neck, v_neck = (shirt_edge(person, **T_SHIRT | {"v_neck": steep}) > 0 for steep in (0.35, 0.9))
    opened = bare(person)[round_neck & ~v_neck]
    assert len(opened) > 3
    assert np.mean(opened[:, 1] < head_of(person, "neck01")[1]) > 0.9


def test_trousers_reach_down_both_legs_as_far_as_they_say(person):
    covered = [trousers_edge(person, leg, 0.2) > 0 for leg in (0.2, 0.45, 0.7, 0.97)]
    assert each_covers_more(covered)
    points = bare(person)
    hip, ankle = head_of(person, "upperleg01.L")[2], head_of(person, "foot.L")[2]
    for leg, worn in zip((0.2, 0.45, 0.7, 0.97), covered, strict=True):
        assert points[worn, 2].min() == pytest.approx(hip - leg * (hip - ankle), abs=0.03)
    waistband = hip + 0.2 * (head_of(person, "neck01")[2] - hip)
    assert points[covered[0], 2].max() == pytest.approx(waistband, abs=0.03)
    assert not covered[-1][limb_weights()["arm"] > 0.5].any(), "hands hang beside the thighs and wear none"


def test_shoes_are_at_the_feet(person):
    worn, points = shoe_edge(person, 0.012) > 0, bare(person)
    assert points[worn, 2].max() < head_of(person, "foot.L")[2] + 0.012
    assert set(figure().stems[worn]) <= {"foot", "toe1", "toe2", "toe3", "toe4", "toe5", "toe", "lowerleg02"}
    left, right = (worn & (points[:, 0] * sign > 0) for sign in (1, -1))
    assert left.sum() == pytest.approx(right.sum(), rel=0.1)
    lowest = points[:, 2] < 0.02
    assert worn[lowest].all(), "whatever touches the floor is in a shoe"


def test_socks_measure_their_height_from_the_shoe(person):
    """Higher up the leg the value is the way down to the shoe's edge, which is how long a sock has to be."""
    edge, points = shoe_edge(person, 0.012), bare(person)
    on_leg = limb_weights()["leg"] > 0.5
    top = head_of(person, "foot.L")[2] + 0.012
    np.testing.assert_allclose(edge[on_leg], top - points[on_leg, 2], atol=1e-5)
    assert (edge[~on_leg] < -1).all(), "hands near the knees wear no socks, however long"


def test_hair_grows_on_the_scalp_and_not_in_the_face(person):
    hair, points = hair_edge(person), bare(person)
    nose, eye = landmarks(person)
    head = figure().stems == "head"
    crown, back = points[head, 2].max(), points[head, 1].max()
    assert hair[points[:, 2].argmax()] > 0
    occiput = np.flatnonzero(head & (points[:, 1] > back - 0.01))
    assert (hair[occiput] > 0).all()
    for place in (nose, eye, eye * (-1, 1, 1), nose - (0, 0, 0.06)):  # and the chin
        assert hair[near(person, place)] < 0
    forehead = np.flatnonzero(head & (np.abs(points[:, 0]) < 0.03) & (points[:, 1] < eye[1]) & (points[:, 2] > eye[2]))
    low = forehead[points[forehead, 2] < eye[2] + 0.4 * (crown - eye[2])]
    assert len(low) and (hair[low] < 0).all()
    assert points[hair > 0, 2].min() > head_of(person, "neck01")[2]
    assert (hair[figure().stems == "eye"] < 0).all()


def test_the_nose_is_in_front_and_the_left_eye_on_the_left(person):
    nose, eye = landmarks(person)
    points = bare(person)
    head = points[limb_weights()["head"] > 0.9]
    assert abs(nose[0]) < 0.004 and abs(nose[1] - head[:, 1].min()) < 0.02
    assert 0.02 < eye[0] < 0.045 and nose[2] < eye[2] < head[:, 2].max()


def test_smoothing_moves_cloth_and_leaves_the_face(person):
    matrix, points = smoother(), bare(person)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(matrix @ (points + (1, 2, 3)), matrix @ points + (1, 2, 3), atol=1e-4)
    face = limb_weights()["head"] > 0.95
    np.testing.assert_allclose((matrix @ points)[face], points[face], atol=1e-6)
    rough = np.random.default_rng(0).normal(scale=0.01, size=points.shape)
    below = limb_weights()["head"] < 0.5
    assert np.std((matrix @ rough)[below]) < 0.55 * np.std(rough[below])
