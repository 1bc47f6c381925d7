"""The picture of the report, taken by a real browser where there is one."""

from pathlib import Path

import cv2
import pytest

from fitlab.errors import SetupError
from fitlab.views.poster import find_browser, poster, telling_frame
from tests.views.squatting import squat_report


def test_a_poster_shows_the_page(tmp_path: Path) -> None:
    try:
        find_browser()
    except SetupError as error:
        pytest.skip(str(error))
    picture = cv2.imread(str(poster(squat_report(2), tmp_path / "poster.png", size=(800, 600))))
    assert picture.shape == (600, 800, 3)
    assert picture.std() > 10  # a page that failed is plain


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("BROWSER_PATH", "")
    with pytest.raises(SetupError, match="install chromium"):
        poster(squat_report(1), tmp_path / "poster.png")
    assert not (tmp_path / "poster.png").exists()


def test_the_telling_frame_is_a_mistake_else_a_turn() -> None:
    report = squat_report()
    assert telling_frame(report) == report.repetitions[1].turn
    bare = squat_report(exercise=False)
    assert telling_frame(bare) == bare.repetitions[0].turn
