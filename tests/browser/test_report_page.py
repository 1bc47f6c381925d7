"""The report in a real Chromium: offline, silent, and every control does what it says."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.exercises import find_exercise
from fitlab.video import VideoWriter
from fitlab.views import palette
from fitlab.views.report import write_report
from tests.motions import held_squat
from tests.views.squatting import squat_report

if TYPE_CHECKING:
    from conftest import Watched


def picture(watched: "Watched", selector: str = ".fl-canvas") -> np.ndarray:
    """The element as it is on the screen, (H, W, 3) BGR."""
    watched.page.wait_for_timeout(300)  # one drawn frame, also on a busy machine
    return cv2.imdecode(np.frombuffer(watched.page.locator(selector).screenshot(), np.uint8), cv2.IMREAD_COLOR)


def share_of_hue(image: np.ndarray, colour: str, width: int = 8) -> float:
    """Share of the pixels that are saturated and have the hue of ``colour``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    wanted = int(cv2.cvtColor(np.uint8([[[blue, green, red]]]), cv2.COLOR_BGR2HSV)[0, 0, 0])
    hue, saturation, _ = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2HSV))
    apart = np.abs((hue.astype(int) - wanted + 90) % 180 - 90)
    return float(((apart < width) & (saturation > 45)).mean())


def test_it_opens_offline_without_errors_or_requests(watched: "Watched", report_page: Path) -> None:
    watched.open(report_page)
    assert watched.requests == [report_page.as_uri()]
    assert watched.complaints == []
    assert watched.page.locator("h1").inner_text() == "Squat"
    assert watched.page.locator(".fl-curve").count() == 8


def test_the_stage_shows_both_sides_and_the_ghost(watched: "Watched", report_page: Path) -> None:
    watched.open(report_page, "#frame=60")
    image = picture(watched)
    assert image.std() > 8
    with_ghost = share_of_hue(image, palette.LIGHT["reference"])
    assert share_of_hue(image, palette.LIGHT["left"]) > 0.002
    assert share_of_hue(image, palette.LIGHT["right"]) > 0.002
    watched.page.click('[aria-label="Athlete"] [data-value="beside"]')
    watched.page.wait_for_timeout(800)
    beside = share_of_hue(picture(watched), palette.LIGHT["reference"])
    watched.page.click('[aria-label="Athlete"] [data-value="off"]')
    assert watched.state("ghost") == "off"
    without = share_of_hue(picture(watched), palette.LIGHT["reference"])
    assert without < 0.3 * with_ghost < 0.3 * beside


def test_playing_advances_at_about_the_right_rate_and_pauses(watched: "Watched", report_page: Path) -> None:
    watched.open(report_page)
    # Timed inside the page, so that a slow hand on the buttons does not count.
    frames, seconds = watched.page.evaluate(
        """async () => {
            const [player, play] = [".fl-player", "[data-action=play]"].map((name) => document.querySelector(name));
            const start = performance.now();
            play.click();
            await new Promise((done) => setTimeout(done, 2000));
            play.click();
            return [Number(player.dataset.frame), (performance.now() - start) / 1000];
        }"""
    )
    assert 0.5 * 30 * seconds < frames < 1.2 * 30 * seconds
    assert watched.state("playing") == "false"
    watched.page.wait_for_timeout(300)
    assert watched.frame == frames
    watched.page.locator("body").press("Space")
    assert watched.state("playing") == "true"


def test_stepping_and_keys_move_exactly(watched: "Watched", report_page: Path) -> None:
    watched.open(report_page)
    last = len(squat_report().user) - 1
    presses = [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("Shift+ArrowRight", 11),
        ("End", last),
        ("Home", 0),
    ]
    for key, frame in presses:
        watched.page.keyboard.press(key)
        assert watched.frame == frame, key
    watched.page.click('[data-action="forward"]')
    watched.page.click('[data-action="forward"]')
    watched.page.click('[data-action="back"]')
    assert watched.frame == 1
    watched.page.locator("body").press("g")
    assert watched.state("ghost") == "beside"


def test_mistakes_can_be_jumped_to(watched: "Watched", report_page: Path) -> None:
    turns = [squat_report().repetitions[i].turn for i in (1, 3)]
    watched.open(report_page)
    watched.page.click('.fl-mark[data-mistake="1"]')
    assert (watched.frame, watched.state("mistakes")) == (turns[1], "knees_inward")
    watched.page.click('[data-jump="0"]')
    assert watched.frame == turns[0]
    assert "knees 8.2 cm inside" in watched.page.locator(".fl-hint").inner_text()
    red = share_of_hue(picture(watched), palette.LIGHT["mistake"], width=5)
    watched.page.keyboard.press("n")
    assert watched.frame == turns[1]
    watched.page.keyboard.press("Home")
    assert not watched.page.locator(".fl-hint").is_visible()
    assert share_of_hue(picture(watched), palette.LIGHT["mistake"], width=5) < 0.2 * red


def test_the_callout_tells_of_the_repetition_that_is_shown(watched: "Watched", tmp_path: Path) -> None:
    report = squat_report()
    _, second = (finding for finding in report.findings if finding.state == "yes")
    findings = tuple(
        replace(finding, reason="knees 6.1 cm inside") if finding is second else finding for finding in report.findings
    )
    watched.open(write_report(replace(report, findings=findings), tmp_path / "report.html"))
    for mark, size in ((0, "8.2 cm"), (1, "6.1 cm"), (0, "8.2 cm")):
        watched.page.click(f'.fl-mark[data-mistake="{mark}"]')
        assert size in watched.page.locator(".fl-hint").inner_text()


def test_the_timeline_and_the_curves_seek(watched: "Watched", report_page: Path) -> None:
    report = squat_report()
    watched.open(report_page)
    watched.page.click('.fl-repetition[aria-label="Go to repetition 3"]')
    assert watched.frame == report.repetitions[2].start
    box = watched.page.locator(".fl-timeline").bounding_box()
    watched.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] - 4)
    assert watched.frame == pytest.approx(len(report.user) // 2, abs=1)
    plot = watched.page.locator(".fl-plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    watched.page.mouse.click(box["x"] + 44 + 0.25 * (box["width"] - 58), box["y"] + 60)
    assert watched.frame == pytest.approx(len(report.user) // 4, abs=2)
    angle = report.curves["knee_angle"][watched.frame, 0]
    assert (
        f"{angle:.0f}°" in watched.page.locator('[data-curve="knee_angle"] .fl-key[data-paint="left"] b').inner_text()
    )


def wait_until(watched: "Watched", happens: Callable[[], bool]) -> None:
    """Asks from here: the page's policy forbids playwright's own polling, which evaluates text inside the page."""
    for _ in range(600):
        if happens():
            return
        watched.page.wait_for_timeout(50)
    pytest.fail("it did not happen within 30 seconds")


def test_a_repetition_loops(watched: "Watched", report_page: Path) -> None:
    second = squat_report().repetitions[1]
    watched.open(report_page, f"#frame={second.stop - 10}")
    watched.page.click('[data-action="loop"]')
    watched.page.click('[aria-label="Speed"] [data-value="2"]')
    watched.page.click('[data-action="play"]')
    wait_until(watched, lambda: watched.frame < second.stop - 10)
    for _ in range(5):
        assert second.start <= watched.frame < second.stop
        watched.page.wait_for_timeout(100)


def test_the_wheel_zooms_only_after_a_click_on_the_stage(watched: "Watched", report_page: Path) -> None:
    watched.open(report_page)
    canvas = watched.page.locator(".fl-canvas").bounding_box()
    middle = (canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 3)
    watched.page.mouse.move(*middle)
    watched.page.mouse.wheel(0, 200)
    watched.page.wait_for_timeout(300)
    assert watched.page.evaluate("scrollY") > 100
    watched.page.evaluate("scrollTo(0, 0)")
    before = picture(watched)
    watched.page.mouse.click(*middle)
    watched.page.mouse.wheel(0, -600)
    watched.page.wait_for_timeout(600)
    assert watched.page.evaluate("scrollY") == 0
    near = share_of_hue(picture(watched), palette.LIGHT["left"])
    assert near > 1.3 * share_of_hue(before, palette.LIGHT["left"])


def test_a_report_without_exercise_and_reference(watched: "Watched", tmp_path: Path) -> None:
    path = write_report(squat_report(2, exercise=False, athlete=False), tmp_path / "report.html")
    watched.open(path)
    assert watched.complaints == []
    assert watched.state("ghost") == "none"
    assert watched.page.locator(".fl-advice").count() == 0


def test_markup_in_names_stays_text(watched: "Watched", tmp_path: Path) -> None:
    title = "</script><img src=x onerror=window.evil=1><b>bold"
    watched.open(write_report(squat_report(1), tmp_path / "report.html", title=title))
    assert watched.page.locator("h1").inner_text() == title
    assert watched.page.evaluate("window.evil") is None
    assert watched.complaints == []


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_nothing_is_wider_than_the_window(watched: "Watched", report_page: Path, size: tuple[int, int]) -> None:
    watched.page.set_viewport_size({"width": size[0], "height": size[1]})
    watched.open(report_page)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_video_shows_the_frame_of_the_playhead(watched: "Watched", tmp_path: Path) -> None:
    report = squat_report(1)
    film = tmp_path / "film.mp4"
    with VideoWriter(film, report.fps, (64, 48)) as video:
        for i in range(len(report.user)):
            video.write(np.full((48, 64, 3), 40 + i, np.uint8))  # the grey value tells the frame
    watched.open(write_report(report, tmp_path / "report.html", video=film))
    wait_until(watched, lambda: watched.page.evaluate("document.querySelector('video').readyState") >= 2)
    grey = """async () => {
        const video = document.querySelector("video");
        while (video.seeking) await new Promise((done) => setTimeout(done, 20));
        const pen = Object.assign(document.createElement("canvas"), {width: 64, height: 48}).getContext("2d");
        pen.drawImage(video, 0, 0);
        return pen.getImageData(32, 24, 1, 1).data[1];
    }"""
    shades = []
    for frame in (30, 31, 7, 60):
        watched.page.evaluate(f"location.hash = '#frame={frame}'")
        wait_until(watched, lambda frame=frame: watched.frame == frame)
        watched.page.wait_for_timeout(100)
        shades.append(watched.page.evaluate(grey))
    assert np.abs(np.array(shades) - 40 - np.array([30, 31, 7, 60])).max() <= 2  # limited range and compression
    assert shades[1] > shades[0]
    watched.page.evaluate("location.hash = '#frame=5'")
    watched.page.keyboard.press("Space")
    watched.page.wait_for_timeout(1200)
    watched.page.keyboard.press("Space")
    assert watched.frame > 15
    watched.page.wait_for_timeout(100)
    assert watched.page.evaluate(grey) - 40 == pytest.approx(watched.frame, abs=2)
    assert watched.complaints == []


def test_the_ghost_is_the_athlete_or_the_person_corrected(watched: "Watched", report_page: Path) -> None:
    turn = squat_report().repetitions[1].turn  # with a mistake
    watched.open(report_page, f"#frame={turn}")
    assert watched.state("who") == "reference"
    teal = share_of_hue(picture(watched), palette.LIGHT["reference"], width=4)
    watched.page.click('[aria-label="Ghost"] [data-value="better"]')
    assert (watched.state("who"), watched.state("ghost")) == ("better", "overlay")
    assert share_of_hue(picture(watched), palette.LIGHT["reference"], width=4) < 0.5 * teal
    legend = watched.page.locator(".fl-legend").inner_text()
    assert "Athlete, at your size" in legend and "You, corrected" in legend


def test_where_no_correction_was_found_the_callout_says_so(
    watched: "Watched", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = squat_report(athlete=False)
    last = report.repetitions[3]
    better = report.user.positions.copy()
    better[last.start : last.stop] = np.nan
    monkeypatch.setattr("fitlab.views.report.corrected", lambda _: report.user.replace("better", positions=better))
    watched.open(write_report(report, tmp_path / "report.html"))
    for mark, told in ((0, False), (1, True), (0, False)):
        watched.page.click(f'.fl-mark[data-mistake="{mark}"]')
        assert ("No correction is shown" in watched.page.locator(".fl-hint").inner_text()) == told
    watched.page.click('.fl-mark[data-mistake="1"]')
    watched.page.click('[data-value="off"]')
    assert "No correction is shown" not in watched.page.locator(".fl-hint").inner_text()


def test_holds_are_listed_and_lead_to_where_they_broke(watched: "Watched", tmp_path: Path) -> None:
    report = analyse(held_squat(8, in_form_s=5), find_exercise("squat"))
    watched.open(write_report(report, tmp_path / "hold.html"))
    assert watched.complaints == []
    (hold,) = report.holds
    watched.page.click("[data-break]")
    assert watched.frame == hold.breaks[0].start
    watched.page.click('[data-hold="0"]')
    assert watched.frame == hold.start
    assert watched.page.locator(".fl-hold b").count() == 1
