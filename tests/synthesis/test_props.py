import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.grips import Grips
from fitlab.synthesis.props import PROPS, make_props
from tests.synthesis.posing import standing


@pytest.fixture(scope="module")
def motion(body):
    return standing(body, hand_forward=[0.1, 0.6, 0.3], hand_up=[-0.9, -0.3, 0.8], grip=[1.0, 1.0, 1.0])[0]


def made(name, body, motion, contacts=None, seed=0, eye=(0, -4.0, 1)):
    return make_props([name], np.random.default_rng(seed), body, motion, contacts or {}, np.array(eye))


def test_a_barbell_goes_through_both_hands(body, motion):
    (barbell,), fixed = made("barbell", body, motion)
    grips = Grips(body)
    assert not fixed
    for rotations, heads in zip(motion.rotations, motion.heads, strict=True):
        bar = barbell.placed(grips, rotations, heads)
        left, right = (grips.at(rotations, heads, side)[0] for side in (".L", ".R"))
        np.testing.assert_allclose(bar.vertices.mean(axis=0), (left + right) / 2, atol=0.02)
        along = (left - right) / np.linalg.norm(left - right)
        reach = (bar.vertices - (left + right) / 2) @ along
        assert reach.max() > np.linalg.norm(left - right) / 2 + 0.2
        assert bar.vertices[:, 2].min() > -0.01


def test_plates_fit_between_a_low_bar_and_the_floor(body):
    low, _ = standing(body, thigh=[95.0], lean=[60.0], hand_up=[-1.0])
    for seed in range(5):
        (barbell,), _ = made("barbell", body, low, seed=seed)
        assert barbell.placed(Grips(body), low.rotations[0], low.heads[0]).vertices[:, 2].min() > -0.02


def test_dumbbells_are_one_for_each_hand(body, motion):
    held, _ = made("dumbbells", body, motion)
    grips = Grips(body)
    assert [prop.sides for prop in held] == [(".L",), (".R",)]
    for prop in held:
        grip, axis = grips.at(motion.rotations[1], motion.heads[1], prop.sides[0])
        placed = prop.placed(grips, motion.rotations[1], motion.heads[1])
        np.testing.assert_allclose((placed.vertices.min(axis=0) + placed.vertices.max(axis=0)) / 2, grip, atol=0.01)
        assert np.ptp(placed.vertices @ axis) > 1.5 * np.ptp(placed.vertices @ np.cross(axis, [0.0, 0.6, 0.8]))


@pytest.mark.parametrize("name", ["pull_up_bar", "dip_bars"])
def test_bars_are_where_hands_hold_them(body, motion, name):
    contacts = {f"hand{side}": Contact(np.array([0.0, 0.0, 1.0]), np.zeros((3, 3))) for side in (".L", ".R")}
    held, (bars,) = made(name, body, motion, contacts)
    assert not held
    for place in Grips(body).held(motion, contacts).values():
        assert np.linalg.norm(bars.samples - place, axis=1).min() < 0.08
    assert bars.vertices[:, 2].max() > 1.5 * motion.heads[0, :, 2].mean()


def test_a_bench_is_under_what_rests_on_it(body, motion):
    raised = Contact(np.ones(3), np.tile([0.3, 0.8, 0.5], (3, 1)))
    _, (bench,) = made("bench", body, motion, {"hand.L": raised})
    assert bench.vertices[:, 2].max() == pytest.approx(0.44)
    assert (bench.vertices[:, :2].min(axis=0) < (0.3, 0.8)).all()
    assert (bench.vertices[:, :2].max(axis=0) > (0.3, 0.8)).all()
    _, (behind,) = made("bench", body, motion)
    assert behind.vertices[:, 1].min() > motion.heads[..., 1].max()


def test_every_prop_can_be_made(body, motion):
    for name in PROPS:
        for seed in range(10):
            made(name, body, motion, seed=seed)
    with pytest.raises(InputError, match=r"a prop must be one of barbell, .*got 'anvil'"):
        made("anvil", body, motion)


def test_a_bar_stays_away_from_a_phone_at_its_end(body, motion):
    for seed in range(8):
        (barbell,), _ = made("barbell", body, motion, seed=seed, eye=(1.9, 0.0, 1.0))
        bar = barbell.placed(Grips(body), motion.rotations[0], motion.heads[0])
        assert np.linalg.norm(bar.vertices - (1.9, 0.0, 1.0), axis=1).min() > 0.6
