from pathlib import Path

import numpy as np
import pytest

from fitlab.detectors import athlete, tracking
from fitlab.detectors.crops import Crop
from fitlab.detectors.home import AWAITED_S, Home, is_at
from fitlab.detectors.person import Pose
from fitlab.detectors.search import Found, find_people
from fitlab.detectors.tracking import Follower
from fitlab.skeletons import COCO17
from fitlab.video import VideoInfo

FPS = 30


@pytest.fixture
def at(standing):
    """Somebody 100 pixels tall with the hips at x."""

    def found(x, height=100.0, score=0.8):
        return Found(
            Pose(standing(x, 150, height), np.full(17, score), COCO17), Crop((x, 150.0), (120.0, 120.0), (96, 96))
        )

    return found


def asked(home, places):
    """The images in which home asks whether somebody is still there."""
    return [image for image, found in enumerate(places) if home.left(found) is not None]


def test_nothing_is_asked_of_somebody_who_stays(at):
    sway = [at(250 + 25 * np.sin(t / 7)) for t in range(300)]
    assert asked(Home(FPS, at(250)), sway) == []


@pytest.mark.parametrize("fps", [15, 30, 120])
def test_who_walks_off_is_suspected_for_a_while(at, fps):
    home = Home(fps, at(200))
    walk = [at(200 + 90 * t / fps) for t in range(10 * fps)]
    images = asked(home, walk)
    assert images and images[0] <= 1.33 * fps  # at nearly a body per second
    assert set(np.diff(images)) == {round(0.3 * fps)}
    assert images[-1] <= (0.34 + AWAITED_S) * fps


def test_who_stays_elsewhere_has_moved_house(at):
    home = Home(FPS, at(200))
    asked(home, [at(200 + 3 * t) for t in range(50)] + [at(350)] * 50)
    assert asked(home, [at(350)] * 100) == []


def test_strangers_are_those_since_home(at):
    home = Home(FPS, at(200))
    for found in [at(200)] * 20 + [at(215)] * 5:
        home.left(found)
    for t in range(60):
        asked_now = home.left(at(231 + 3 * t))
        if asked_now is not None:
            break
    assert home.back() == t, "all but the image in which they were found at home"
    assert asked(home, [at(200)] * 100) == []


def test_who_was_away_and_came_back_unseen_was_no_stranger(at):
    home = Home(FPS, at(200))
    for found in [at(200 + 3 * t) for t in range(31)] + [None] * 19:
        home.left(found)
    assert home.back() == 0


def test_at_home_means_in_place_and_of_like_size(at):
    home = at(200)
    assert is_at(home, at(225)) and is_at(home, at(200, height=70))
    assert not is_at(home, at(235)) and not is_at(home, at(200, height=60))


def test_the_athlete_is_taken_up_again(knowing, standing, picture):
    """Somebody who walks by hides the athlete, is followed, and is let go: those images are known to be wrong."""
    truth = [standing(150, 160 + 8 * np.sin(t / 6), 110) for t in range(130)]
    passing = [standing(150 + 2.4 * (t - 50), 160, 110) for t in range(130)]

    class RightmostFirst(knowing):
        def rank(self, found):
            return -float(found[0, 0])

    detector = RightmostFirst(lambda moment: [truth[moment], passing[moment]] if moment >= 50 else [truth[moment]])
    first = find_people(picture(0), detector)[0]
    follower = Follower(detector, FPS, first)
    poses = [follower(picture(moment)) for moment in range(130)]
    off = [t for t, pose in enumerate(poses) if pose is None or np.abs(pose.positions - truth[t]).max() > 2]
    assert len(off) > 15, "else the walker was never followed, and nothing is tested"
    assert off[-1] < 110
    unnoticed = set(off) - set(follower.strangers)
    assert all(np.abs(poses[t].positions[11, 0] - truth[t][11, 0]) < 0.3 * 110 for t in unnoticed)
    assert set(follower.strangers) <= set(off)


def test_in_a_video_images_of_somebody_else_and_of_nobody_are_missing(knowing, standing, picture, monkeypatch):
    """The athlete comes at image 40, from behind a wall; from 90 on somebody walks by and is followed for a while."""
    truth = [standing(150, 160 + 8 * np.sin(t / 6), 110) for t in range(180)]
    passing = [standing(150 + 2.4 * (t - 90), 160, 110) for t in range(180)]

    def people(moment):
        return [] if moment < 40 else [truth[moment]] if moment < 90 else [truth[moment], passing[moment]]

    class RightmostFirst(knowing):
        def rank(self, found):
            return -float(found[0, 0])

    height, width, _ = picture(0).shape
    film = VideoInfo(Path("film.mp4"), width, height, FPS, 180, 180 / FPS, 0, False)
    monkeypatch.setattr(tracking, "probe", lambda path: film)
    monkeypatch.setattr(athlete, "key_frames", lambda path: np.array([], int))
    for module in (tracking, athlete):  # pictures that are exact to the pixel
        monkeypatch.setattr(module, "read_pictures", lambda path, frames, threads: map(picture, frames))

    poses = tracking.detect_video("film.mp4", RightmostFirst(people))
    assert len(poses) == 180
    off = np.abs(poses.positions - np.array(truth)).max(axis=(1, 2))  # NaN where nobody is
    gone = poses.missing.all(axis=1)
    assert gone[:40].all() and not gone[40:85].any()
    assert np.nanmax(off[40:85]) < 2
    strangers = np.flatnonzero(gone[85:150]) + 85
    assert len(strangers) > 15, "else the walker was never followed, and nothing is tested"
    assert not gone[strangers[-1] + 1 :].any() and off[strangers[-1] + 1 :].max() < 2
    assert np.nanmax(off) < 0.3 * 110 + 2  # nearer to home it might have been the athlete
