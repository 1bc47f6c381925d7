"""What VTK draws of people and things: each part of the body in its colour, light as it is told, exact masks."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.synthesis.actors import SHADE_OF_WHITE
from fitlab.synthesis.clothing import draw_outfit, dress
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.skinning import posed
from fitlab.synthesis.solids import box

SIZE = (180, 320)
SHIRT, TROUSERS, SHOES, HAIR, SKIN = (200, 40, 40), (40, 60, 200), (40, 180, 60), (200, 200, 40), (230, 190, 160)
FRONT = Camera.looking_at((0, -4.0, 0.9), (0, 0, 0.9), 500, SIZE)
WIDE = Camera.looking_at((0, -4.0, 0.9), (0, 0, 0.9), 300, SIZE)


@pytest.fixture(scope="module")
def renderer():
    renderer = MeshRenderer(SIZE)
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def outfit():
    """Tight, plain and in colours that are far apart; a T-shirt and long trousers."""
    drawn = draw_outfit(np.random.default_rng(3))
    return replace(
        drawn, skin=SKIN, hair=replace(drawn.hair, style="short", colour=HAIR, beard=0.0), shirt=SHIRT,
        trousers=TROUSERS, shoes=SHOES, sleeve=0.3, hem=0.0, leg=0.97, waist=0.2, loose_m=(0.003, 0.002),
        barefoot=False, socks_m=0.0, patterns=(0, 0),
    )  # fmt: skip


def drawn(renderer, body, outfit, *, light=SHADE_OF_WHITE, camera=FRONT, actor="athlete", aside=0.0):
    """The picture of somebody in the rest pose under even light."""
    person, dressed = getattr(renderer, actor), dress(body, outfit)
    person.wear(dressed.skin, dressed.layers, dressed.rest, dressed.look)
    vertices, _ = posed(dressed, body, np.tile(np.eye(3), (len(body.heads), 1, 1)), body.heads)
    person.pose(vertices + (aside, 0, 0), np.full(vertices.shape, light, np.uint8))
    renderer.show(actor == "passer", False)
    renderer.athlete.actor.SetVisibility(actor == "athlete")
    renderer.look(camera)
    return renderer.render(np.zeros(2), np.array(SIZE))


def colour_at(seen, body, bone, towards=None, share=0.0, camera=FRONT):
    """Median (3,) of the pixels around a place of the body."""
    index = body.template.bone_index
    place = body.heads[index[bone]].astype(float)
    if towards:
        place = (1 - share) * place + share * body.heads[index[towards]]
    column, row = np.round(camera.project(place)).astype(int)
    return np.median(seen.pixels[row - 1 : row + 2, column - 1 : column + 2, :3].reshape(-1, 3), axis=0)


def is_about(colour, wanted):
    """Of that hue: folds, seams and strands make cloth and hair up to a fifth lighter or darker."""
    brightness = np.sum(colour) / np.sum(wanted)
    return 0.75 < brightness < 1.25 and np.abs(colour / brightness - wanted).max() < 12


def test_each_part_of_the_body_has_its_colour(renderer, body, outfit):
    seen = drawn(renderer, body, outfit)
    assert is_about(colour_at(seen, body, "spine02"), SHIRT)
    for side in (".L", ".R"):
        assert is_about(colour_at(seen, body, f"upperarm01{side}", f"lowerarm01{side}", 0.25), SHIRT)
        assert is_about(colour_at(seen, body, f"lowerarm01{side}", f"wrist{side}", 0.5), SKIN)
        assert is_about(colour_at(seen, body, f"upperleg01{side}", f"lowerleg01{side}", 0.5), TROUSERS)
        assert is_about(colour_at(seen, body, f"lowerleg01{side}", f"foot{side}", 0.5), TROUSERS)
        toes = FRONT.project(body.heads[body.template.bone_index[f"toe2-1{side}"]] + (0, 0, 0.03)).astype(int)
        assert is_about(seen.pixels[toes[1], toes[0], :3].astype(float), SHOES)
    top = np.flatnonzero(seen.person.any(axis=1))[0] + 2
    assert is_about(np.median(seen.pixels[top][seen.person[top]][:, :3], axis=0), HAIR)


def test_the_colours_of_left_and_right_are_as_many(renderer, body, outfit):
    seen = drawn(renderer, body, outfit)
    middle = SIZE[0] // 2
    for colour in (SHIRT, TROUSERS, SHOES, SKIN):
        of_it = (np.abs(seen.pixels[..., :3].astype(int) - colour).max(axis=-1) < 40) & seen.person
        right, left = of_it[:, :middle].sum(), of_it[:, middle:].sum()
        assert min(left, right) > 20
        assert left == pytest.approx(right, rel=0.1), colour


def test_clothes_can_be_changed(renderer, body, outfit):
    drawn(renderer, body, outfit)
    changed = drawn(renderer, body, replace(outfit, shirt=SHOES, leg=0.25, barefoot=True))
    assert is_about(colour_at(changed, body, "spine02"), SHOES)
    assert is_about(colour_at(changed, body, "lowerleg01.L", "foot.L", 0.5), SKIN)
    again, first = drawn(renderer, body, outfit), drawn(renderer, body, outfit)
    np.testing.assert_array_equal(again.pixels, first.pixels)


def test_socks_end_as_high_above_the_shoe_as_they_say(renderer, body, outfit):
    long_socks = replace(outfit, leg=0.25, socks_m=0.16, sock=(20, 20, 20))
    seen = drawn(renderer, body, long_socks)
    ankle = body.heads[body.template.bone_index["foot.L"]]
    for above, wanted in ((0.09, (20, 20, 20)), (0.14, (20, 20, 20)), (0.21, SKIN)):
        column, row = np.round(FRONT.project(ankle + (0, 0, above))).astype(int)
        assert is_about(seen.pixels[row, column, :3].astype(float), wanted), above


def test_plain_light_shows_a_colour_as_it_is(renderer, body, outfit):
    dressed = dress(body, outfit)
    undressed = np.full_like(dressed.layers, -30.0)
    vertices, _ = posed(dressed, body, np.tile(np.eye(3), (len(body.heads), 1, 1)), body.heads)
    drawn(renderer, body, outfit)
    renderer.athlete.wear(
        np.full_like(dressed.skin, SKIN), undressed, dressed.rest, dict(dressed.look) | {"socks": -40.0}
    )
    renderer.athlete.pose(vertices, np.full(vertices.shape, SHADE_OF_WHITE, np.uint8))
    seen = renderer.render(np.zeros(2), np.array(SIZE))
    shown = seen.pixels[seen.pixels[..., 3] == 255][:, :3].astype(int)
    assert len(shown) > 5000
    assert np.abs(shown - SKIN).max() <= 1


@pytest.mark.parametrize("share", [0.25, 0.5, 1.5])
def test_light_multiplies_the_colours(renderer, body, outfit, share):
    plain = drawn(renderer, body, outfit)
    lit = drawn(renderer, body, outfit, light=round(share * SHADE_OF_WHITE))
    inside = plain.pixels[..., 3] == 255
    expected = np.minimum(plain.pixels[inside][:, :3] * share, 255)
    apart = np.abs(lit.pixels[inside][:, :3] - expected)
    assert np.median(apart) < 1.5 and np.quantile(apart, 0.99) < 4
    np.testing.assert_array_equal(lit.person, plain.person)


def test_light_may_be_coloured_and_lie_on_one_side(renderer, body, outfit):
    seen = drawn(renderer, body, replace(outfit, shirt=(200, 200, 200)))
    dressed = dress(body, replace(outfit, shirt=(200, 200, 200)))
    vertices, _ = posed(dressed, body, np.tile(np.eye(3), (len(body.heads), 1, 1)), body.heads)
    shade = np.where(vertices[:, :1] > 0, (SHADE_OF_WHITE, 0, 0), (0, SHADE_OF_WHITE, 0)).astype(np.uint8)
    renderer.athlete.pose(vertices, shade)
    both = renderer.render(np.zeros(2), np.array(SIZE))
    level = int(FRONT.project(body.heads[body.template.bone_index["spine02"]])[1])
    columns = np.flatnonzero(seen.person[level])
    first, last = both.pixels[level, columns[3]], both.pixels[level, columns[-4]]
    assert (
        first[1] > 100 > 20 > first[0] and last[0] > 100 > 20 > last[1]
    )  # the camera sees the person's right on its left


def test_the_mask_is_of_the_athlete_alone(renderer, body, outfit):
    athlete = drawn(renderer, body, outfit, camera=WIDE)
    assert athlete.person.sum() > 1000
    covered = athlete.pixels[..., 3] > 127
    assert (athlete.person != covered).mean() < 2e-3
    passing = drawn(renderer, body, outfit, camera=WIDE, actor="passer")
    assert (passing.pixels[..., 3] > 127).sum() == pytest.approx(covered.sum(), rel=0.02)
    assert not passing.person.any()
    apart = np.abs(passing.pixels[covered].astype(int) - athlete.pixels[covered])
    assert apart.max() <= 1, "people look alike whoever they are, but for the lowest bit of blue"


def test_who_stands_in_front_hides_the_athlete(renderer, body, outfit):
    alone = drawn(renderer, body, outfit, camera=WIDE)
    solid = box((1.0, 0.1, 0.8), (0, 0, 0), (0, -0.8, 0.4))
    renderer.things.show(solid.faces, solid.vertices, np.full(solid.vertices.shape, 201, np.uint8))
    renderer.show(False, True)
    hidden = renderer.render(np.zeros(2), np.array(SIZE))
    below = int(WIDE.project(np.array([0, -0.75, 0.8]))[1])
    np.testing.assert_array_equal(hidden.person[: below - 2], alone.person[: below - 2])
    assert not hidden.person[below + 4 :].any()
    assert alone.person[below + 4 :].sum() > 300
    colour = hidden.pixels[below + 20, SIZE[0] // 2]
    assert np.abs(colour[:3].astype(int) - 201).max() <= 1 and colour[2] % 2 == 0

    moved = box((1.0, 0.1, 0.8), (0, 0, 0), (3.0, -0.8, 0.4))
    renderer.things.move(moved.vertices, np.full(moved.vertices.shape, 201, np.uint8))
    np.testing.assert_array_equal(renderer.render(np.zeros(2), np.array(SIZE)).person, alone.person)


def test_a_person_who_moves_is_drawn_elsewhere(renderer, body, outfit):
    here, there = drawn(renderer, body, outfit, camera=WIDE), drawn(renderer, body, outfit, camera=WIDE, aside=0.2)
    middles = [np.nonzero(seen.person)[1].mean() for seen in (here, there)]
    assert middles[1] - middles[0] == pytest.approx(0.2 * 300 / 4, rel=0.05)
