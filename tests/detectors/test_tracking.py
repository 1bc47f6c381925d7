import numpy as np
import pytest

from fitlab.detectors import detect_video, load_detector
from fitlab.detectors.crops import Crop
from fitlab.detectors.person import detect
from fitlab.detectors.search import Found, find_people
from fitlab.detectors.tracking import Follower
from fitlab.errors import InputError
from fitlab.metrics import pck
from fitlab.skeletons import COCO17
from fitlab.video import VideoWriter

FPS = 30


def follow(detector, picture, moments):
    """The poses (None where lost) of the most prominent person of the first moment."""
    first = max(find_people(picture(moments[0]), detector), key=lambda found: found.prominence)
    follower = Follower(detector, FPS, first)
    return [follower(picture(moment)) for moment in moments]


def furthest(poses, truth):
    return max(np.abs(pose.positions - joints).max() for pose, joints in zip(poses, truth, strict=True))


def test_follows_somebody_who_walks(knowing, standing, picture):
    truth = [standing(100 + 3 * t, 150 + 10 * np.sin(t / 5), 110) for t in range(80)]
    detector = knowing(lambda moment: [truth[moment]])
    assert furthest(follow(detector, picture, range(80)), truth) < 2


def test_one_look_per_image(knowing, standing, picture):
    detector = knowing(lambda moment: [standing(250, 150, 110)])
    first = find_people(picture(), detector)[0]
    follower, before = Follower(detector, FPS, first), detector.calls
    for _ in range(20):
        follower(picture())
    assert detector.calls - before == 20


def test_follows_a_cartwheel(knowing, standing, picture):
    """Through upside down and back, in crops that stay upright."""
    truth = [standing(120 + 3 * t, 150, 110, 6 * t) for t in range(61)]
    assert furthest(follow(knowing(lambda moment: [truth[moment]]), picture, range(61)), truth) < 2


def test_who_stands_up_again_is_not_kept_upside_down(knowing, standing, picture):
    """A detector that is surer of crops that are turned, and has the legs elsewhere in them."""
    turns = np.interp(np.arange(80), [10, 30, 40, 60], [0, 180, 180, 0])
    truth = [standing(250, 150, 110, turn) for turn in turns]

    class Gravity(knowing):
        def look(self, crop):
            found, sure = super().look(crop)
            down, in_image = (joints[15:17].mean(axis=0) - joints[:5].mean(axis=0) for joints in (found, self.seen))
            if down @ in_image > 0:
                return found, sure
            found[13:] += 6
            return found, np.where(sure, 1.0, 0.0)

    def people(moment):
        detector.seen = truth[moment]
        return [truth[moment]]

    detector = Gravity(people)
    assert furthest(follow(detector, picture, range(80)), truth) < 2


class UprightOnly:
    """Mixed into a detector: it does not see whose head is down in the crop."""

    def look(self, crop):
        found, sure = super().look(crop)
        return found, sure * (found[5:7, 1].mean() < found[11:13, 1].mean())


def test_who_is_not_seen_upside_down_is_seen_in_a_turned_crop(knowing, standing, picture):
    truth = [standing(120 + 3 * t, 150, 110, 6 * t) for t in range(61)]
    detector = type("Detector", (UprightOnly, knowing), {})(lambda moment: [truth[moment]])
    assert furthest(follow(detector, picture, range(61)), truth) < 2


def test_who_was_upside_down_is_found_near_by(knowing, standing, picture):
    def people(moment):
        return [] if 20 <= moment < 36 else [standing(150 if moment < 36 else 195, 150, 110, 180)]

    detector = type("Detector", (UprightOnly, knowing), {})(people)
    poses = follow(detector, picture, range(80))
    assert None not in poses[:20] and poses[20:36] == [None] * 16
    assert next(t for t in range(36, 80) if poses[t] is not None) <= 36 + FPS // 2


def test_a_crop_without_hips_is_upright_again(knowing, standing, picture):
    joints = standing(250, 150, 110)

    class Hipless(knowing):
        def look(self, crop):
            found, sure = super().look(crop)
            sure[11:13] = 0
            return found, sure

    detector = Hipless(lambda moment: [joints])
    upside_down = Crop((250, 150), (250, 250), detector.input_size, 180.0)
    follower = Follower(detector, FPS, Found(detect(detector, picture(), upside_down), upside_down))
    for _ in range(3):
        np.testing.assert_allclose(follower(picture()).positions, joints, atol=2)
    assert follower._crop.turn_deg == 0


@pytest.mark.parametrize("fps", [30, 120])
def test_images_of_nobody_cost_one_look(fps, knowing, standing, picture):
    """For half a second; in it, their old place is asked once, with two looks."""
    detector = knowing(lambda moment: [standing(250, 150, 110)] if moment < 3 else [])
    first = find_people(picture(0), detector)[0]
    follower = Follower(detector, fps, first)
    for moment in range(3):
        follower(picture(moment))
    before = detector.calls
    for moment in range(3, 2 + fps // 2):
        assert follower(picture(min(moment, 100))) is None
    assert detector.calls - before == fps // 2 - 1 + 2


def test_scenery_in_turned_crops_is_nobody(knowing, standing, picture):
    """Somebody lies, and leaves; what a detector is a little sure of in turned crops is not them."""
    lying = standing(250, 180, 110, 80)

    class Credulous(knowing):
        def look(self, crop):
            found, sure = super().look(crop)
            return (found, sure) if sure.any() else (lying * 0.2 + 20, np.full(17, 0.15 + 0.07 * self.turned))

        def __call__(self, crops):
            self.turned = crops[0, 40, 40, 0] != crops[0, 40, 56, 0] and crops[0, 40, 40, 1] != crops[0, 40, 56, 1]
            return super().__call__(crops)

    poses = follow(Credulous(lambda moment: [lying] if moment < 10 else []), picture, range(24))
    assert None not in poses[:10] and poses[10:] == [None] * 14


def test_keeps_to_one_of_two_who_pass_each_other(knowing, standing, picture):
    here = [standing(60 + 4 * t, 140, 120) for t in range(90)]
    there = [standing(480 - 4 * t, 170, 90) for t in range(90)]
    poses = follow(knowing(lambda moment: [here[moment], there[moment]]), picture, range(90))
    for t in (0, 30, 60, 89):
        np.testing.assert_allclose(poses[t].positions, here[t], atol=2)


def test_does_not_jump_to_somebody_else_when_the_person_leaves(knowing, standing, picture):
    bystander = standing(350, 150, 110)

    def people(moment):
        return [bystander] if moment >= 20 else [standing(220, 150, 120), bystander]

    poses = follow(knowing(people), picture, range(50))
    assert all(pose is not None and abs(pose.positions[11, 0] - 220) < 20 for pose in poses[:20])
    assert poses[20:35] == [None] * 15


@pytest.mark.parametrize("gap", [9, 1000])
def test_stays_on_the_floor_while_somebody_walks_by(gap, knowing, standing, picture):
    """A detector sees who stands: where that is somebody else, a crop turned like the athlete shows the athlete."""
    plank = [standing(250, 190 + 3 * np.sin(t / 4), 110, 80) for t in range(90)]
    passing = [standing(130 + 3 * t, 160, 120) for t in range(90)]

    class Upright(knowing):
        def rank(self, found):
            along = found[5:7].mean(axis=0) - found[11:13].mean(axis=0)
            return float(np.abs(np.arctan2(along[0], -along[1])))

    def people(moment):
        return [plank[moment], passing[moment]] if moment % gap else [plank[moment]]

    poses = follow(Upright(people), picture, range(90))
    assert furthest(poses, plank) < 2


def test_a_smaller_crop_leaves_out_who_walks_by(knowing, standing, picture):
    """A detector that sees the largest of those who are whole in the crop."""
    plank = standing(250, 190, 110, 80)

    class Largest(knowing):
        def rank(self, found):
            whole = ((found >= 0) & (found <= self.input_size)).all()
            return -float(np.ptp(found, axis=0).max()) if whole else 0.0

    def people(moment):
        return [plank, standing(50 + 4 * moment, 189, 120)] if moment else [plank]

    assert furthest(follow(Largest(people), picture, range(90)), [plank] * 90) < 2


def test_finds_the_person_again(knowing, standing, picture):
    """Hidden for a while, then back a step further on: missing in between, and the same person after."""

    def people(moment):
        return [] if 20 <= moment < 44 else [standing(150 if moment < 44 else 190, 150, 120)]

    poses = follow(knowing(people), picture, range(80))
    assert poses[20:44] == [None] * 24
    back = next(t for t in range(44, 80) if poses[t] is not None)
    assert back <= 44 + FPS // 2
    assert None not in poses[back:]
    np.testing.assert_allclose(poses[-1].positions, standing(190, 150, 120), atol=2)


def test_nobody_in_the_video(tmp_path, rng, knowing):
    path = tmp_path / "wall.mp4"
    wall = rng.integers(90, 160, (240, 320, 3), dtype=np.uint8)
    with VideoWriter(path, 30, (320, 240)) as writer:
        for _ in range(40):
            writer.write(wall)
    with pytest.raises(InputError, match=r"a person must be visible in .*wall\.mp4, got nobody in 40 frames"):
        detect_video(path, knowing(lambda moment: []))


@pytest.fixture(scope="module")
def lightning():
    return load_detector("movenet_lightning")


@pytest.fixture(scope="module")
def walk(real_data):
    return real_data / "clips" / "walk_sports2d.mp4"


def test_the_athlete_not_the_bystander(real_data, lightning):
    """Two people: one balances at the back, one watches, nearer and larger."""
    path = real_data / "clips" / "two_people_cam01.mp4"
    poses = detect_video(path, lightning, stop_s=0.5)
    assert poses.skeleton == COCO17 and poses.space == "image" and poses.image_size == (1088, 1920)
    assert len(poses) == 30 and poses.fps == 60
    assert "movenet_lightning" in poses.history[0]
    # The same recording before the bystander was put into it.
    alone = detect_video(real_data / "clips" / "balance_cam01.mp4", lightning, stop_s=0.5)
    torso = float(np.linalg.norm(alone["left_shoulder"] - alone["right_hip"], axis=1).mean())
    assert pck(poses.positions, alone.positions, torso) > 0.9


def test_a_part_of_a_video(walk, lightning):
    poses = detect_video(walk, lightning, start_s=1.0, stop_s=1.4)
    assert len(poses) == 12
    assert poses.confidence.mean() > 0.5
    assert not poses.missing.any()


def test_the_part_must_lie_in_the_video(walk, lightning):
    for start_s, stop_s in ((9, None), (2, 1), (-1, 2), (3, 3)):
        with pytest.raises(InputError, match="start_s and stop_s"):
            detect_video(walk, lightning, start_s=start_s, stop_s=stop_s)
