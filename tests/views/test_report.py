"""The report page: self-contained, safe, whole or not at all."""

import re
from pathlib import Path

import pytest

from fitlab.errors import InputError
from fitlab.views import report as module
from fitlab.views.report import json_in_html, player_source, write_report
from tests.views.squatting import CYCLE, squat_report


def test_1800_frames_and_two_skeletons_stay_below_two_megabytes(tmp_path: Path) -> None:
    report = squat_report(1 + 1800 // CYCLE)
    assert len(report.user) >= 1800
    path = write_report(report, tmp_path / "report.html")
    assert path.stat().st_size < 2_000_000


def test_the_page_names_no_other_host(tmp_path: Path) -> None:
    text = write_report(squat_report(), tmp_path / "report.html").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\s\"'`)]+)", text))
    assert hosts <= {"www.w3.org"}  # names of the SVG and HTML vocabularies, never fetched
    assert "default-src 'none'" in text


def test_a_title_cannot_inject_markup(tmp_path: Path) -> None:
    evil = "</script><script>window.evil=1</script><!--"
    text = write_report(squat_report(), tmp_path / "report.html", title=evil).read_text(encoding="utf-8")
    assert evil not in text
    assert text.count("<script") - text.count("<\\/script") == text.count("</script>") == 3


def test_json_in_html_keeps_values_and_hides_markup() -> None:
    import json

    value = {"a": "</script><!-- & \u2028", "b": [1.5, None, "ü"]}
    text = json_in_html(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028") & set(text)
    with pytest.raises(ValueError, match="JSON"):
        json_in_html(float("nan"))


def test_the_bundle_cannot_end_its_script_element() -> None:
    assert "<!--" not in player_source()  # would switch the parser to the double escaped state


def test_small_videos_travel_inside_and_large_ones_are_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = tmp_path / "films" / "over lay.mp4"
    video.parent.mkdir()
    video.write_bytes(b"film" * 100)
    inside = write_report(squat_report(1), tmp_path / "a.html", video=video).read_text(encoding="utf-8")
    assert 'id="fitlab-video">ZmlsbWZpbG1' in inside
    monkeypatch.setattr(module, "EMBEDDED_VIDEO_MB", 1e-6)
    linked = write_report(squat_report(1), tmp_path / "b.html", video=video).read_text(encoding="utf-8")
    assert '"href":"films/over%20lay.mp4"' in linked
    assert 'id="fitlab-video">' not in linked


def test_a_video_that_is_not_there_is_one_line_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"video must be an mp4 file, got .*none\.mp4"):
        write_report(squat_report(1), tmp_path / "report.html", video=tmp_path / "none.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_older_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_report(squat_report(1), tmp_path / "report.html")
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    with pytest.raises(RuntimeError, match="disk must have room"):
        write_report(squat_report(2), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
