"""Detectors that we know, on people that we know; and the photographs, where they are at hand."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.errors import SetupError
from fitlab.evaluation import readme
from fitlab.evaluation.realism import __main__ as command
from fitlab.evaluation.realism.answers import Answers, ask, difference
from fitlab.evaluation.realism.examples import BODY, FACE, Example, photographs, studio
from fitlab.evaluation.realism.sheet import sheet
from fitlab.evaluation.realism.tables import PHOTOGRAPHS, STUDIO, UPRIGHT, agreement, by_exercise, by_group, by_joint
from fitlab.metrics import COCO_SIGMAS
from fitlab.skeletons import COCO17

STANDING = np.array(  # COCO17, metres: x to the person's left, y backwards, z up
    [
        (0.00, -0.1, 1.60), (0.03, -0.1, 1.63), (-0.03, -0.1, 1.63), (0.07, 0, 1.60), (-0.07, 0, 1.60),
        (0.20, 0, 1.40), (-0.20, 0, 1.40), (0.24, 0, 1.15), (-0.24, 0, 1.15), (0.26, 0, 0.90), (-0.26, 0, 0.90),
        (0.10, 0, 0.90), (-0.10, 0, 0.90), (0.10, 0, 0.50), (-0.10, 0, 0.50), (0.10, 0, 0.10), (-0.10, 0, 0.10),
    ]
)  # fmt: skip
AREA = 10_000.0
SPREAD = 100 * 2 * COCO_SIGMAS  # (17,) pixels


def example(name: str = "squat", **changes: object) -> Example:
    """The standing person from the front, 100 pixels per metre, in a grey picture of 300 x 300."""
    keypoints = np.column_stack([150 + 100 * STANDING[:, 0], 250 - 100 * STANDING[:, 2]])
    person = Example(np.full((300, 300, 3), 99, np.uint8), keypoints, np.ones(17, bool), AREA, name, (100, 70, 90, 190))
    return replace(person, **changes)


def answers(*shifts: np.ndarray, people: list[Example] | None = None) -> Answers:
    """What a detector would have said that is off by ``shifts`` (17, 2) pixels, one for each person."""
    people = people or [example() for _ in shifts]
    found = np.stack([person.keypoints + shift for person, shift in zip(people, shifts, strict=True)])
    return Answers(people, found, np.full((len(people), 17), 0.5), found)


EXACT = np.zeros((17, 2))


def test_the_box_of_the_joints_is_that_of_the_body_enlarged():
    low, high = example().keypoints[BODY].min(axis=0), example().keypoints[BODY].max(axis=0)
    x, y, width, height = example().box_of_joints
    np.testing.assert_allclose((width, height), 1.2 * (high - low))
    np.testing.assert_allclose((x + width / 2, y + height / 2), (low + high) / 2)
    assert example(mask_box=None).box == example().box_of_joints != example().box


def test_the_torso_is_the_longer_diagonal():
    assert example().torso == pytest.approx(100 * np.hypot(0.3, 0.5))
    hidden = example().keypoints.copy()
    hidden[[COCO17.index("left_hip"), COCO17.index("right_hip")]] = np.nan
    assert np.isnan(example(keypoints=hidden).torso)


def test_a_perfect_detector_and_one_that_is_off_by_one_spread():
    off = np.column_stack([SPREAD, np.zeros(17)])
    found = answers(EXACT, off)
    np.testing.assert_allclose(found.oks, [1, np.exp(-0.5)])
    np.testing.assert_allclose(found.sureness, 0.5)
    assert found.pck[0] == 1


def test_pck_counts_the_twelve_joints_within_a_fifth_of_the_torso():
    off = EXACT.copy()
    off[[0, BODY[0], BODY[1], BODY[2]], 1] = 30, 30, 13, -9  # the torso is 58 pixels; the nose does not count
    np.testing.assert_allclose(answers(off).pck, 10 / 12)


def test_offsets_are_outwards_and_up_in_spreads():
    outwards, up = 0.5, 0.25
    sides = np.sign(STANDING[:, 0])
    sides[0] = 1  # the nose: to the right
    found = answers(np.column_stack([outwards * sides, np.full(17, -up)]) * SPREAD[:, None])
    np.testing.assert_allclose(found.offsets[0, :, 0], outwards)
    np.testing.assert_allclose(found.offsets[0, :, 1], up)
    np.testing.assert_allclose(found.errors, np.hypot(outwards, up))
    np.testing.assert_allclose(found.moved_to_convention().oks, 1)


def test_hidden_joints_have_no_offset_and_can_be_left_out():
    visible = np.arange(17) != 9
    off = EXACT.copy()
    off[9] = 1e3
    found = answers(off, people=[example(visible=visible)])
    assert np.isnan(found.offsets[0, 9]).all() and np.isfinite(found.offsets[0, visible]).all()
    np.testing.assert_allclose(found.oks, 16 / 17)
    np.testing.assert_allclose(found.visible_only().oks, 1)


def test_the_difference_has_an_interval_around_it():
    assert difference(np.full(5, 0.9), np.full(9, 0.7)) == pytest.approx((0.2, 0.2, 0.2))
    mean, low, high = difference(np.tile([0.8, 1.0], 50), np.tile([0.6, 0.8], 50))
    assert low < mean < high and mean == pytest.approx(0.2) and high - low < 0.1


class Central:
    """Finds every joint in the middle of the crop, surer the higher its number."""

    name, skeleton, input_size = "central", COCO17, (64, 64)

    def __init__(self) -> None:
        self.crops = 0

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert crops.shape[1:] == (64, 64, 3)
        self.crops += len(crops)
        return np.full((len(crops), 17, 2), 32.0), np.tile(np.arange(17) / 17, (len(crops), 1))


def test_asks_in_both_crops_and_once_where_they_are_the_same():
    detector = Central()
    found = ask(detector, {"a": [example(), example()], "b": [example(mask_box=None)], "none": []})
    assert list(found) == ["a", "b"] and detector.crops == 5
    np.testing.assert_allclose(found["a"].positions, np.tile((145, 165), (2, 17, 1)))
    x, y, width, height = example().box_of_joints
    np.testing.assert_allclose(found["a"].of_joints[1, 3], (x + width / 2, y + height / 2))
    np.testing.assert_allclose(found["b"].positions, found["b"].of_joints)
    np.testing.assert_allclose(found["a"].confidence[0], np.arange(17) / 17)


def test_slices_overlap_and_may_be_empty():
    people = [example(slices=("upright", "fast")), example(slices=("bent",)), example(slices=("upright",))]
    found = answers(EXACT, EXACT + 1, EXACT + 2, people=people)
    assert [len(found.of_slice(name)) for name in ("upright", "fast", "bent", "floor")] == [2, 1, 1, 0]
    np.testing.assert_array_equal(found.of_slice("upright").positions, found.positions[[0, 2]])


@pytest.fixture
def found():
    """Two detectors, the second one a spread off on the studio's people."""
    off = np.column_stack([SPREAD, np.zeros(17)])
    people = [example("squat"), example("lunge"), example("lunge")]
    real = answers(EXACT, EXACT)
    drawn = {"good": answers(EXACT, EXACT, EXACT, people=people), "bad": answers(EXACT, off, off, people=people)}
    return {name: {PHOTOGRAPHS: real, STUDIO: them, UPRIGHT: them} for name, them in drawn.items()}


def test_tables(found):
    table = agreement(found)
    assert "| difference |  | +0.000 [+0.000, +0.000] | -0.262 [" in table
    assert "| not harder by more than 0.10 |  | yes | **no** |" in table
    assert "| nor easier by more than 0.10 |  | yes | yes |" in table
    assert f"| {PHOTOGRAPHS} | 2 | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |" in table
    table = by_group(found, "PCK", [PHOTOGRAPHS, UPRIGHT, "absent"], lambda them: them.pck)
    assert f"| {UPRIGHT} | 3 | 1.000 [1.000, 1.000] |" in table and "absent" not in table
    lines = by_exercise({name: found[name] for name in ("bad", "good")}).splitlines()
    assert lines[2:] == ["| lunge | 2 | 0.607 | 1.000 |", "| squat | 1 | 1.000 | 1.000 |"]
    assert "| nose | +0.00, +0.00; 0.00 (0.00) | +1.00, +0.00; 1.00 (0.00) |" in by_joint(found)


def test_the_sheet_has_a_row_for_each_detector(found):
    picture = sheet({name: groups[UPRIGHT] for name, groups in found.items()})
    assert picture.dtype == np.uint8 and picture.shape == (480, 1440, 3)
    red, green, _ = np.moveaxis(picture.astype(int), -1, 0)
    assert (green > red + 100).any() and (red > green + 100).any()


@pytest.fixture
def stand_ins(monkeypatch, tmp_path):
    """The command with known people and detectors, and a folder of its own."""
    (tmp_path / "README.md").write_text(f"# Question\n{readme.START}\nold\n{readme.END}\n## Verdict\n")
    monkeypatch.setattr(command, "_FOLDER", tmp_path)
    monkeypatch.setattr(command, "photographs", lambda root, of_leeds: {"COCO": [example(), example()]})
    monkeypatch.setattr(command, "studio", lambda pictures: [example(slices=("upright",))] * 6)

    def load(name):
        if name == "blazepose_full":
            raise SetupError(
                "the weights of blazepose_full must be here, got none; run: fitlab zoo pull blazepose_full"
            )
        detector = Central()
        detector.name = name
        return detector

    monkeypatch.setattr(command, "load_detector", load)
    return tmp_path


def test_the_command_writes_its_tables_and_picture(stand_ins, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["realism", "--write"])
    command.main()
    text = (stand_ins / "README.md").read_text()
    assert text.startswith("# Question\n") and text.endswith(f"{readme.END}\n## Verdict\n") and "old" not in text
    assert "| OKS | n | movenet_lightning | movenet_thunder |" in text and "studio: bent" not in text
    assert (stand_ins / "detections.jpg").stat().st_size > 1000
    assert "without blazepose_full: the weights" in capsys.readouterr().err


def test_the_command_prints(stand_ins, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["realism"])
    command.main()
    assert "| nor easier by more than 0.10 |" in capsys.readouterr().out
    assert "old" in (stand_ins / "README.md").read_text()


def test_photographs(real_data):
    groups = photographs(real_data, of_leeds=3)
    counts = {name: len(people) for name, people in groups.items()}
    assert counts == {
        "COCO": 12, "AI Challenger": 7, "MPII": 5, "Leeds upright": 3, "Leeds horizontal": 3, "Leeds inverted": 3
    }  # fmt: skip
    for name, people in groups.items():
        for person in people:
            assert person.picture.ndim == 3 and person.picture.dtype == np.uint8
            assert (np.isfinite(person.area), person.mask_box is not None) == (name == "COCO", name == "COCO")
            assert (person.visible <= np.isfinite(person.keypoints).all(axis=1)).all()
            assert min(person.box[2:]) > 20


def test_studio(monkeypatch):
    monkeypatch.setattr("fitlab.evaluation.realism.examples.motion_files", lambda: {"squat": None, "plank": None})
    people = studio(6, size=160)
    assert [person.name for person in people] == ["squat"] * 3 + ["plank"] * 3
    for person in people:
        labelled = np.isfinite(person.keypoints).all(axis=1)
        assert labelled.sum() >= 8 and (person.visible <= labelled).all()
        np.testing.assert_array_equal(labelled[FACE], person.visible[FACE])
        inside = person.keypoints[labelled]
        assert (inside >= 0).all() and (inside <= 160).all()
        _, _, width, height = person.box
        assert 0.1 * width * height < person.area < width * height
        assert len(set(person.slices) & {"upright", "bent", "floor", "inverted"}) == 1
