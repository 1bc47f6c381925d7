import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fitlab.synthesis.kinematics import apply, frame, part_of, swing, turn, two_bones, unit

vectors = arrays(float, 3, elements=st.floats(-1, 1)).filter(lambda v: np.linalg.norm(v) > 0.1)


def across(a, b):
    return np.linalg.norm(np.cross(unit(a), unit(b))) > 0.05


@given(vectors, vectors, st.floats(0.2, 0.5), st.floats(0.2, 0.5))
def test_a_limb_keeps_its_lengths_and_reaches_what_is_in_reach(target, pole, upper, lower):
    if not across(target, pole):
        return
    root = np.array([0.1, -0.2, 0.3])
    middle, end = two_bones(root, root + target, upper, lower, pole)
    np.testing.assert_allclose(np.linalg.norm(middle - root), upper, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(end - middle), lower, rtol=1e-6)
    distance = np.linalg.norm(target)
    if abs(upper - lower) * 1.03 < distance < (upper + lower) * 0.999:
        np.testing.assert_allclose(end, root + target, atol=1e-9)
    assert np.dot(middle - (root + end) / 2, pole - np.dot(pole, unit(target)) * unit(target)) >= -1e-9


@given(vectors, vectors)
def test_frames_are_rotations(direction, pole):
    if across(direction, pole):
        rotation = frame(direction, pole)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-9)
        np.testing.assert_allclose(rotation[:, 0], unit(direction), atol=1e-12)


@given(vectors, vectors)
def test_a_swing_turns_one_direction_into_the_other(start, end):
    start, end = unit(start), unit(end)
    if start @ end > -0.99:
        np.testing.assert_allclose(apply(swing(start, end), start), end, atol=1e-8)


def test_turns_add_up_and_shares_divide_them():
    axis = unit(np.array([1.0, 2.0, -1.0]))
    np.testing.assert_allclose(turn(axis, 30) @ turn(axis, 40), turn(axis, 70), atol=1e-12)
    whole, half = turn(axis, np.array([60.0, 90.0])), turn(axis, np.array([30.0, 45.0]))
    np.testing.assert_allclose(part_of(whole, 0.5), half, atol=1e-9)
    np.testing.assert_allclose(apply(turn(np.eye(3)[2], 90), np.eye(3)[0]), np.eye(3)[1], atol=1e-12)
