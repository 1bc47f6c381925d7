import numpy as np
import pytest

from fitlab.synthesis.contacts import Stance
from fitlab.synthesis.controls import CONTROLS, expanded
from fitlab.synthesis.limbs import motion_of
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.script import load_motion
from fitlab.synthesis.staging import Key, plan, stage


def planned(exercise, per_repetition, swapped=None, seed=0):
    script = load_motion(exercise)
    style = next(iter(script.styles))
    keys = plan(script, per_repetition, style, script.cycle[-1].phase, (1.0, 1.0),
                swapped or [False] * len(per_repetition), np.random.default_rng(seed))  # fmt: skip
    return script, keys


def test_keys_follow_the_cycle():
    script, keys = planned("squat", [{}, {}])
    inside = [key.pose for key in keys if key.repetition >= 0]
    turning = [step.pose for step in script.cycle if step.phase != script.cycle[-1].phase]
    assert inside == turning * 2
    assert keys[0].pose == keys[-1].pose == script.start
    assert all(key.seconds > 0 for key in keys)


def test_mistakes_are_added_in_proportion_to_their_strength():
    bottoms = []
    for strength in (0.0, 0.5, 1.0):
        script, keys = planned("squat", [{"too_shallow": strength} if strength else {}])
        bottoms.append(next(key.controls["thigh"] for key in keys if key.pose == "bottom"))
    added = script.mistakes["too_shallow"]["bottom"]["thigh"]
    assert np.diff(bottoms) == pytest.approx([added / 2, added / 2])


def test_what_touches_stays_where_it_was_put_down(body):
    _, keys = planned("push_up", [{}, {}])
    staged = stage(Poser(body, Stance(toe_out=2)), keys, on_stance=False)
    for name, contact in staged.contacts.items():
        held = contact.place[contact.share > 0]
        assert np.ptp(held, axis=0).max() < 1e-6, name
    assert not staged.stands.any()
    np.testing.assert_allclose(staged.contacts["hand.L"].place[0, :2] * (-1, 1),
                               staged.contacts["hand.R"].place[0, :2], atol=0.02)  # fmt: skip


def test_a_performance_in_a_mirror(body):
    _, keys = planned("lunge", [{}, {}], swapped=[False, True])
    first, second = (next(k for k in keys if k.repetition == number) for number in (0, 1))
    assert first.controls["left_foot_forward"] == pytest.approx(second.controls["right_foot_forward"])
    assert {name[:-2] for name in first.touching} == {name[:-2] for name in second.touching}


def test_a_forearm_that_lies_is_as_long_as_it_is(body):
    _, keys = planned("plank", [{}])
    poser = Poser(body, Stance(toe_out=2))
    places = {name: contact.place[0] for name, contact in stage(poser, keys, on_stance=False).contacts.items()}
    for side in (".L", ".R"):
        length = np.linalg.norm(places[f"hand{side}"] - places[f"elbow{side}"])
        assert length == pytest.approx(poser.arm[side][1], abs=1e-6)
        assert places[f"elbow{side}"][2] == pytest.approx(poser.height_of[f"elbow{side}"])


@pytest.mark.parametrize("lean", [-60, -20, 20])
def test_who_sits_leans_as_told_and_sits_on_the_floor(body, lean):
    """However the feet stand; the buttocks turn with the thighs and do not stick out below."""
    sitting = {"lean": lean, "round": 20, "foot_forward": 0.6, "foot_up": 0.02, "left_foot_up": 0.06}
    controls, touching = CONTROLS | expanded(sitting, "test"), frozenset({"pelvis", "foot.L", "foot.R"})
    key = Key("sit", controls, controls, touching, frozenset(), 1.0, "", 0, False, False)
    poser = Poser(body, Stance())
    staged = stage(poser, [key], on_stance=False)
    assert staged.controls["lean"] == pytest.approx([lean], abs=0.5)
    motion = motion_of(poser, staged.controls, staged.pelvis, staged.contacts)
    seat = [body.template.bone_index[bone] for bone in ("pelvis.L", "pelvis.R", "upperleg01.L", "upperleg01.R")]
    skin = body.skin(motion.rotations[0], motion.heads[0])[np.isin(body.template.main_bone, seat), 2]
    assert -0.01 < skin.min() < 0.025


def test_feet_step_to_where_a_mistake_puts_them(body):
    poser, apart = Poser(body, Stance()), []
    for mistakes in ({}, {"legs_narrow": 0.5}, {"legs_narrow": 1.0}):
        _, keys = planned("jumping_jack", [mistakes])
        staged = stage(poser, keys, on_stance=False)
        open_legs = next(n for n, key in enumerate(keys) if key.pose == "open")
        apart.append(np.diff([staged.contacts[f"foot{side}"].place[open_legs, 0] for side in (".R", ".L")])[0])
    added = load_motion("jumping_jack").mistakes["legs_narrow"]["touch_open"]["left_foot_out"]
    assert np.diff(apart) == pytest.approx(added * sum(poser.leg[".L"]), abs=1e-3)  # half of it for each foot
