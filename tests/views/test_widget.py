"""The notebook widget holds state; its traits are tested without a browser."""

import pytest

from fitlab.errors import InputError
from fitlab.views.widget import Player
from tests.views.squatting import depths, squat_report, squatter


def test_a_report_is_sent_once_as_payload_and_block() -> None:
    report = squat_report(2)
    player = Player(report)
    assert player.payload["frames"] == len(report.user)
    assert len(player.block) == sum(_bytes(spec) for spec in player.payload["arrays"].values())
    assert {"payload", "block", "frame"} <= set(player.keys)


def test_poses_with_a_ghost() -> None:
    player = Player(squatter(depths(1)), squatter(depths(1, 0.5)))
    assert set(player.payload["arrays"]) == {"user", "reference"}


def test_the_frame_stays_within_the_clip() -> None:
    player = Player(squatter(depths(1)))
    last = player.payload["frames"] - 1
    player.frame = 10_000
    assert player.frame == last
    player.frame = -3
    assert player.frame == 0


def test_a_report_takes_no_second_reference() -> None:
    with pytest.raises(InputError, match="ghosts must be left out"):
        Player(squat_report(1), squatter(depths(1)))


def _bytes(spec: dict) -> int:
    size = 2
    for side in spec["shape"]:
        size *= side
    return size


def test_the_person_corrected_is_called_so():
    player = Player(squatter(depths(1)), better=squatter(depths(1, 0.5)))
    (ghost,) = player.payload["ghosts"]
    assert ghost["name"] == "better" and "corrected" in ghost["legend"]
