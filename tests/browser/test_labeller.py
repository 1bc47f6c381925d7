"""The label panel in a real Chromium, with real mouse and keys; behind it the real Python side, without a kernel."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fitlab.datasets.label_book import LABELS, LabelBook
from fitlab.views.labeller import Labeller
from tests.datasets.test_label_book import SIZE, on_disk, write_predictions

if TYPE_CHECKING:
    from conftest import Watched

HOST = """async ([source, style, first]) => {
    const sheet = document.createElement("style");
    sheet.textContent = "body{margin:12px}" + style;
    document.head.append(sheet);
    let state = {};
    const heard = {};
    window.waiting = 0;
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const take = (told) => {
        const other = told.picture !== state.coded;
        state = { view: told.view, picture: bytes(told.picture), coded: told.picture };
        if (other) heard["change:picture"]?.();
        heard["change:view"]?.();
    };
    take(first);
    const model = {
        get: (name) => state[name],
        on: (name, action) => { heard[name] = action; },
        send: async (told) => {
            window.waiting += 1;
            take(await window.toPython(told));
            window.waiting -= 1;
        },
    };
    const front = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    front.default.render({ model, el: document.body });
}"""


class Hand:
    """The panel in the browser, and what a hand can do with it."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.panel = Labeller(folder)
        page.expose_function("toPython", self._done)
        page.evaluate(HOST, [self.panel._esm, self.panel._css, self._state()])

    def _state(self) -> dict[str, Any]:
        return {"view": self.panel.view, "picture": base64.b64encode(self.panel.picture).decode()}

    def _done(self, told: dict[str, Any]) -> dict[str, Any]:
        self.panel.do(told)
        return self._state()

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the picture is on the screen."""
        script = "([x, y]) => { const p = new DOMPoint(x, y).matrixTransform("
        script += "document.querySelector('.fl-stage').getScreenCTM()); return [p.x, p.y]; }"
        return tuple(self.page.evaluate(script, [x, y]))

    def drag(self, joint: int, to: tuple[float, float]) -> None:
        """Takes a joint with the mouse and lets it go at ``to``, pixels of the picture."""
        circle = self.page.locator(f'circle[data-joint="{joint}"]').bounding_box()
        self.page.mouse.move(circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2)
        self.page.mouse.down()
        end = self.screen(*to)
        self.page.mouse.move(end[0] - 7, end[1] + 4, steps=4)
        self.page.mouse.move(*end)
        self.page.mouse.up()
        self.settle()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.settle()

    def settle(self) -> None:
        """Until Python has answered everything."""
        self.page.wait_for_function("window.waiting === 0")
        assert self.page.get_attribute(".fl-labeller", "data-number") == str(self.panel.book.at)

    def triple(self, person: int, joint: int) -> list[float]:
        """What the file says of a joint."""
        return on_disk(self.folder)[person]["keypoints"][3 * joint : 3 * joint + 3]


@pytest.fixture
def hand(watched: "Watched", tmp_path: Path) -> Iterator[Hand]:
    watched.page.goto("about:blank")
    yield Hand(watched.page, write_predictions(tmp_path / "mined"))
    if os.environ.get("FITLAB_TEST_PICTURES"):
        watched.page.screenshot(path=str(Path(os.environ["FITLAB_TEST_PICTURES"]) / "labeller.png"))
    assert watched.complaints == []


def test_a_joint_that_is_dragged_is_in_the_file(hand: Hand) -> None:
    assert not (hand.folder / LABELS).exists()
    hand.drag(9, (30, 25))
    assert hand.triple(1, 9) == pytest.approx([30, 25, 2], abs=0.6)
    others = [hand.triple(1, joint) for joint in range(17) if joint != 9]
    before = LabelBook(write_predictions(hand.folder.parent / "untouched"))
    assert [other[:2] for other in others] == [
        pytest.approx(list(place), abs=0.01) for joint, place in enumerate(before.keypoints(0)) if joint != 9
    ]


def test_a_click_without_a_drag_changes_nothing(hand: Hand) -> None:
    circle = hand.page.locator('circle[data-joint="9"]').bounding_box()
    hand.page.mouse.click(circle["x"] + 2, circle["y"] + 2)
    hand.settle()
    assert not (hand.folder / LABELS).exists()
    assert hand.page.locator(".fl-label").text_content() == "left wrist"


def test_zoomed_in_a_joint_still_lands_where_it_is_dropped(hand: Hand) -> None:
    x, y = hand.panel.view["keypoints"][10][:2]
    hand.page.locator(".fl-labeller").focus()
    hand.page.mouse.move(*hand.screen(x, y))
    before = hand.screen(x + 1, y)[0] - hand.screen(x, y)[0]
    hand.page.mouse.wheel(0, -500)
    hand.page.wait_for_timeout(100)
    assert hand.screen(x + 1, y)[0] - hand.screen(x, y)[0] > 3 * before
    hand.drag(10, (x + 4.5, y - 3.25))
    assert hand.triple(1, 10) == pytest.approx([x + 4.5, y - 3.25, 2], abs=0.2)
    hand.press("0")
    assert hand.screen(x + 1, y)[0] - hand.screen(x, y)[0] == pytest.approx(before)


def test_the_picture_is_shown_in_its_own_pixels(hand: Hand) -> None:
    shown = hand.page.locator("image").bounding_box()
    assert hand.screen(0, 0) == pytest.approx((shown["x"], shown["y"]), abs=1)
    assert hand.screen(*SIZE) == pytest.approx((shown["x"] + shown["width"], shown["y"] + shown["height"]), abs=1)


def test_keys_hide_undo_accept_reject_and_turn_the_pages(hand: Hand) -> None:
    hand.drag(9, (30, 25))
    hand.press("h")
    assert hand.triple(1, 9)[2] == 1
    hand.press("z")
    assert hand.triple(1, 9)[2] == 2
    hand.press("y")
    assert hand.triple(1, 9)[2] == 1
    hand.press("h")
    assert hand.triple(1, 9)[2] == 2, "h again: seen"
    hand.press("ArrowRight")
    hand.press("ArrowLeft")
    assert hand.panel.book.at == 0
    hand.press("a")
    assert hand.panel.book.at == 1 and on_disk(hand.folder)[1]["state"] == "accepted"
    hand.press("r")
    assert hand.panel.book.at == 2 and on_disk(hand.folder)[2]["state"] == "rejected"
    assert "1 accepted · 1 rejected · 1 waiting" in hand.page.locator(".fl-tally").inner_text()
    hand.press("z")
    assert hand.panel.book.at == 1 and on_disk(hand.folder)[2].get("state", "waiting") == "waiting"


def test_an_absent_joint_comes_back_where_it_is_clicked(hand: Hand) -> None:
    hand.page.click('.fl-list [data-joint="16"]')
    hand.press("x")
    assert hand.triple(1, 16) == [0, 0, 0]
    assert hand.page.locator('circle[data-joint="16"]').count() == 0
    hand.page.click('[aria-label="right ankle is seen"]')
    assert "Click where the right ankle is" in hand.page.locator(".fl-problem").inner_text()
    hand.page.mouse.click(*hand.screen(20, 100))
    hand.settle()
    assert hand.triple(1, 16) == pytest.approx([20, 100, 2], abs=0.6)


def test_buttons_do_what_the_keys_do_and_markup_stays_text(watched: "Watched", tmp_path: Path) -> None:
    folder = write_predictions(tmp_path / "mined")
    text = (folder / "predictions.json").read_text()
    (folder / "predictions.json").write_text(text.replace("because", "<img src=x onerror=window.evil=1>"))
    watched.page.goto("about:blank")
    hand = Hand(watched.page, folder)
    assert hand.page.locator(".fl-reasons").inner_text() == "<img src=x onerror=window.evil=1>"
    hand.page.click('[aria-label="left knee is hidden"]')
    hand.settle()
    assert hand.triple(1, 13)[2] == 1
    hand.page.click('[data-action="undo"]')
    hand.settle()
    assert hand.triple(1, 13)[2] == 2
    hand.page.click('[data-action="accept"]')
    hand.settle()
    assert json.loads((folder / LABELS).read_text())["annotations"][0]["id"] == 1
    assert hand.page.evaluate("window.evil") is None and watched.complaints == []


def test_nothing_is_wider_than_a_narrow_window(watched: "Watched", tmp_path: Path) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    watched.page.goto("about:blank")
    hand = Hand(watched.page, write_predictions(tmp_path / "mined"))
    assert hand.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_hidden_and_selected_joints_look_different(hand: Hand) -> None:
    look = "circle => { const own = getComputedStyle(circle); return [own.fill, own.strokeDasharray, own.stroke]; }"
    seen = hand.page.locator('circle[data-joint="9"]').evaluate(look)
    hand.page.click('[aria-label="left wrist is hidden"]')
    hand.settle()
    hidden = hand.page.locator('circle[data-joint="9"]').evaluate(look)
    assert hidden[0] != seen[0] and hidden[1] != seen[1]
    hand.page.click('.fl-list [data-joint="10"]')
    other = hand.page.locator('circle[data-joint="9"]').evaluate(look)
    assert hand.page.locator('circle[data-joint="10"]').evaluate(look)[2] != other[2]


def test_the_keys_still_work_where_a_button_has_nothing_left_to_do(hand: Hand) -> None:
    while hand.panel.book.at < hand.panel.view["count"] - 1:
        hand.page.click('[data-action="next"]')
        hand.settle()
    assert hand.page.locator('[data-action="next"]').is_disabled()
    hand.press("a")
    assert on_disk(hand.folder)[hand.panel.view["count"]]["state"] == "accepted"
