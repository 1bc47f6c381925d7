import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.motion import perform


def performed(body, seed=3, **given):
    given = {"mistakes": {}, "repetitions": 2, "fps": 15} | given
    return perform(body, "squat", rng=np.random.default_rng(seed), **given)


def test_repetitions_and_phases_agree(body):
    done = performed(body, repetitions=4, fps=30)
    assert len(done.repetitions) == 4
    assert len(done.phases) == len(done.motion)
    inside = np.zeros(len(done.motion), bool)
    for start, stop in done.repetitions:
        assert list(dict.fromkeys(done.phases[start:stop])) == ["going down", "bottom", "going up"]
        inside[start:stop] = True
    assert {done.phases[t] for t in np.flatnonzero(~inside)} == {"standing"}
    starts = [start for start, _ in done.repetitions]
    assert starts == sorted(starts)


def test_the_pelvis_is_lowest_at_the_bottom_and_down_is_slower_than_up(body):
    done = performed(body, repetitions=5, fps=30)
    height = done.motion.heads[:, 0, 2]
    phases = np.array(done.phases)
    for start, stop in done.repetitions:
        assert phases[start + height[start:stop].argmin()] in ("bottom", "going down", "going up")
        bottom = start + np.flatnonzero(phases[start:stop] == "bottom")
        assert height[bottom].max() < height[start:stop].min() + 0.03
    assert (phases == "going down").sum() > 1.1 * (phases == "going up").sum()


def test_people_stand_still_before_and_after(body):
    done = performed(body, fps=30, rest_s=(1.0, 1.0))
    for part in (slice(0, 28), slice(-28, None)):
        assert np.ptp(done.motion.heads[part, 0], axis=0).max() < 0.03


def test_repetitions_differ_a_little(body):
    lengths = [stop - start for start, stop in performed(body, repetitions=6, fps=60).repetitions]
    assert len(set(lengths)) > 3
    assert max(lengths) < 1.5 * min(lengths)


def test_unknown_exercise_and_style(body):
    with pytest.raises(InputError, match="squat"):
        perform(body, "underwater_basket_weaving", mistakes={}, repetitions=1, fps=30, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="arms_forward"):
        performed(body, style="arms_akimbo")


def test_the_same_seed_is_the_same_motion(body):
    first, second, other = performed(body), performed(body), performed(body, seed=4)
    assert first.repetitions == second.repetitions
    assert first.motion.rotations.tobytes() == second.motion.rotations.tobytes()
    assert first.motion.heads.tobytes() == second.motion.heads.tobytes()
    assert other.motion.heads.tobytes() != first.motion.heads.tobytes()


def test_left_and_right_take_turns(body):
    """In an exercise with alternating sides the second repetition is the first one in a mirror."""
    done = perform(body, "lunge", mistakes={}, repetitions=2, fps=20, rng=np.random.default_rng(1))
    left, right = (done.motion.heads[:, body.template.bone_index[f"foot{side}"], 1] for side in (".L", ".R"))
    ahead = [np.abs(left - right)[a:b].argmax() + a for a, b in done.repetitions]
    assert np.sign(left[ahead[0]] - right[ahead[0]]) == -np.sign(left[ahead[1]] - right[ahead[1]])


def test_contacts_tell_what_touches_when(body):
    done = perform(body, "jumping_jack", mistakes={}, repetitions=2, fps=60, rng=np.random.default_rng(1))
    soles = done.motion.heads[:, body.template.bone_index["toe2-1.L"], 2]
    share = done.contacts["foot.L"].share
    assert share.min() == 0  # it jumps
    assert soles[share == 0].max() > soles[share > 0.999].max() + 0.01
    np.testing.assert_allclose(done.contacts["foot.L"].place[share > 0.999, 2], soles[share > 0.999], atol=2e-3)
