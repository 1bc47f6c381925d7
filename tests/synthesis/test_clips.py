import hashlib
import json
import os
from dataclasses import replace

import numpy as np
import pytest

from fitlab.errors import InputError, SetupError
from fitlab.formats import read_poses
from fitlab.skeletons import COCO17, COCO23, H36M17
from fitlab.synthesis import Clip, Phone, make_clip, write_clip, write_clips
from fitlab.synthesis.clip_files import labels_digest, motion_arrays, sidecar
from fitlab.synthesis.fit_shape import stretched
from fitlab.synthesis.labels import OUTSIDE
from fitlab.synthesis.slices import POSTURES
from fitlab.video import probe, read_frame

SMALL = {"size": (160, 120), "fps": 8, "repetitions": 1, "rest_s": (0.3, 0.5)}


@pytest.fixture(scope="module")
def clip():
    return make_clip(seed=5, mistakes={"knees_inward": 0.5}, **SMALL)


def at_bottom(clip):
    return np.flatnonzero(np.array(clip.phases) == "bottom")


def test_projecting_the_world_gives_the_picture(clip):
    """By hand, from the numbers of the camera: within half a pixel (in fact within float32)."""
    camera = clip.camera
    seen = clip.world_coco.positions[:, :17] @ camera.rotation.T + camera.translation
    pixels = seen[..., :2] / seen[..., 2:] * camera.focal + camera.centre
    assert np.abs(pixels - clip.image.positions).max() < 0.01
    assert clip.image.image_size == clip.size
    assert clip.image.skeleton == COCO17


def test_joints_of_one_name_are_one_point(clip):
    for joint in ("left_knee", "right_wrist", "nose"):
        np.testing.assert_array_equal(clip.world[joint], clip.world_coco[joint])
    np.testing.assert_allclose(
        clip.world["pelvis"], (clip.world_coco["left_hip"] + clip.world_coco["right_hip"]) / 2, atol=1e-6
    )
    height = clip.world["head_top"][0, 2]
    assert height == pytest.approx(clip.body.height, abs=0.05)


def test_mistakes_grow_with_their_strength():
    def measured(**mistakes):
        # The same person and tempo: only the mistake differs.
        clip = make_clip(seed=2, mistakes=mistakes, **SMALL)
        now, world = at_bottom(clip), clip.world
        thigh = np.mean([_elevation(world[f"{s}_hip"] - world[f"{s}_knee"])[now].mean() for s in ("left", "right")])
        trunk = 90 - _elevation(world["thorax"] - world["pelvis"])[now].mean()
        inward = [
            sign * (world[f"{side}_ankle"] - world[f"{side}_knee"])[now, 0].mean()
            for side, sign in (("left", 1), ("right", -1))
        ]
        return {"knees_inward": 100 * np.mean(inward), "too_shallow": thigh, "trunk_forward": trunk}

    right = measured()
    assert right["knees_inward"] < 1.5
    assert right["too_shallow"] < 10
    assert right["trunk_forward"] < 45
    for mistake, at_least in (("knees_inward", 6), ("too_shallow", 25), ("trunk_forward", 60)):
        values = [right[mistake], *(measured(**{mistake: strength})[mistake] for strength in (0.25, 0.5, 1.0))]
        assert np.all(np.diff(values) > 0), (mistake, values)
        assert values[-1] > at_least


def _elevation(vectors):
    return np.degrees(np.arcsin(vectors[:, 2] / np.linalg.norm(vectors, axis=1)))


def test_mistakes_per_repetition_stay_in_theirs():
    clip = make_clip(seed=5, mistakes={"too_shallow": [0, 1, 0]}, **(SMALL | {"repetitions": 3}))
    lowest = [clip.world["pelvis"][start:stop, 2].min() for start, stop in clip.repetitions]
    assert lowest[1] > max(lowest[0], lowest[2]) + 0.15
    assert clip.mistakes == ({}, {"too_shallow": 1.0}, {})


def test_the_same_seed_draws_the_same_frames(clip):
    def hashes(made, frames=(0, 12)):
        return [hashlib.sha256(picture.tobytes()).hexdigest() for picture in made.frames(frames)]

    again = make_clip(seed=5, mistakes={"knees_inward": 0.5}, **SMALL)
    assert hashes(clip) == hashes(again)
    assert clip.image.positions.tobytes() == again.image.positions.tobytes()
    assert hashes(clip, (12,)) == hashes(clip)[1:]  # whichever frames come before
    assert hashes(make_clip(seed=6, **SMALL)) != hashes(clip)


def test_the_person_is_where_the_labels_are(clip):
    """The picture differs from the empty room just around the projected mesh."""
    phone = Phone(azimuth_deg=20, distance_m=4, view_deg=40, height_m=1.0)
    filmed = make_clip(seed=9, phone=phone, **SMALL | {"size": (240, 240)})
    first, last = 0, int(at_bottom(filmed)[0])
    pictures = [picture.astype(int) for picture in filmed.frames((first, last))]
    changed = np.abs(pictures[0] - pictures[1]).max(axis=-1) > 40
    outline = np.concatenate([filmed.camera.project(filmed.vertices(frame)) for frame in (first, last)])
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 300
    assert np.quantile(rows, 0.01) > outline[:, 1].min() - 4  # hair and shoes stand out a little
    head = filmed.image["nose"][0].astype(int)
    assert changed[head[1] - 2 : head[1] + 3, head[0] - 2 : head[0] + 3].any()
    assert np.quantile(columns, 0.02) > outline[:, 0].min() - 40  # shadows


def test_seen_from_behind_the_face_is_hidden():
    behind = make_clip(seed=5, phone=Phone(azimuth_deg=180, distance_m=3), **SMALL)
    front = make_clip(seed=5, phone=Phone(azimuth_deg=0, distance_m=3), **SMALL)
    assert not behind.visible_at(0)[:3].any()
    assert front.visible_at(0)[:3].all()
    assert front.visible_at(0)[5:7].all()


def test_a_shaking_hand_moves_the_picture_and_its_labels():
    phone = Phone(azimuth_deg=20, distance_m=3, shake=1.0)
    shaken, still = (make_clip(seed=5, phone=given, **SMALL) for given in (phone, Phone(azimuth_deg=20, distance_m=3)))
    assert len({camera.translation.tobytes() for camera in shaken.cameras}) == len(shaken)
    assert len({id(camera) for camera in still.cameras}) == 1
    np.testing.assert_array_equal(shaken.world.positions, still.world.positions)
    moved = np.abs(shaken.image.positions - still.image.positions).max()
    assert 0.2 < moved < 10


def test_recorded_motion_makes_a_clip_as_well(clip):
    """Of which neither repetitions nor mistakes are known, and whose name is no motion file's."""
    recorded = replace(clip.performance, repetitions=(), mistakes=(), phases=("unknown",) * len(clip), contacts={})
    other = Clip("m01", clip.body, recorded, clip.camera, clip.fps, seed=5)
    picture, seen = next(other.filmed([3]))
    assert picture.shape == (120, 160, 3)
    assert (seen.visibility > 0).all()
    np.testing.assert_array_equal(other.image.positions, clip.image.positions)


def test_one_camera_or_one_for_each_frame(clip):
    with pytest.raises(InputError, match="one for each of"):
        Clip("squat", clip.body, clip.performance, [clip.camera] * 3, clip.fps, seed=5)


def test_outside_of_the_picture_nothing_is_certain():
    close = make_clip(seed=5, phone=Phone(distance_m=1.0, height_m=1.5, aim_m=1.5), **SMALL)
    assert close.image.confidence[:, 15:].max() == 0  # the ankles
    _, seen = next(close.filmed([0]))
    assert (seen.visibility[15:17] == OUTSIDE).all()


@pytest.fixture(scope="module")
def written(clip, tmp_path_factory):
    return write_clip(clip, tmp_path_factory.mktemp("clips") / "new", "user")


def test_written_clip_is_complete(clip, written):
    assert written.name == "user.mp4"
    assert sorted(file.name for file in written.parent.iterdir()) == ["user.json", "user.mp4", "user.npz"]
    info = probe(written)
    assert (info.width, info.height, info.frames) == (*clip.size, len(clip))
    picture = read_frame(written, 3).astype(int)
    assert np.abs(picture - next(clip.frames([3]))).mean() < 8
    read = read_poses(written.with_suffix(".npz"))
    np.testing.assert_array_equal(read.positions, clip.world.positions)
    assert (read.space, read.fps, read.skeleton.name) == ("world", clip.fps, "h36m17")
    side = json.loads(written.with_suffix(".json").read_text())
    assert side["mistakes"] == [{"knees_inward": 0.5}]
    assert side["repetitions"] == [list(bounds) for bounds in clip.repetitions]
    assert len(side["phases"]) == side["frames"] == len(side["frame_hashes"]) == len(clip)
    assert sum(side["slices"][posture] for posture in POSTURES) == len(clip)
    assert side["frame_hashes"][3] == hashlib.sha256(next(clip.frames([3])).tobytes()).hexdigest()[:16]


def test_labels_of_a_written_clip_are_exact(clip, written):
    """By hand from the npz: cameras project the joints onto the labels, within half a pixel on every frame."""
    side = json.loads(written.with_suffix(".json").read_text())
    with np.load(written.with_suffix(".npz")) as file:
        held = {name: file[name] for name in file.files}
    seen = np.einsum("tij,tkj->tki", held["camera_rotation"], held["world_coco"]) + held["camera_translation"][:, None]
    np.testing.assert_allclose(seen, held["camera_coco"], atol=1e-5)
    pixels = seen[..., :2] / seen[..., 2:] * side["camera"]["focal"] + side["camera"]["centre"]
    assert np.abs(pixels - held["keypoints"]).max() < 0.5
    np.testing.assert_array_equal(held["image"], held["keypoints"][:, :17])
    inside = ((pixels >= 0) & (pixels < clip.size)).all(axis=-1)
    np.testing.assert_array_equal(held["visibility"] > 0, inside)
    np.testing.assert_array_equal(held["image_confidence"], inside[:, :17])
    assert np.abs(held["camera_joints"][:, 0]).max() < 1e-5
    knee = held["camera_joints"][:, H36M17.index("left_knee")] + held["camera_pelvis"]
    np.testing.assert_allclose(knee, held["camera_coco"][:, COCO23.index("left_knee")], atol=1e-4)
    assert set(held["posture"]) == {"upright"}
    assert held["speed"].shape == (len(clip),)


def test_masks_of_a_written_clip_are_those_of_the_pictures(clip, written):
    from pycocotools import mask as coco_mask

    with np.load(written.with_suffix(".npz")) as file:
        packed, boxes, visibility = file["masks"][5], file["boxes"][5], file["visibility"][5]
    _, seen = next(clip.filmed([5]))
    mask = coco_mask.decode({"size": [clip.size[1], clip.size[0]], "counts": bytes(packed)})
    np.testing.assert_array_equal(mask, seen.mask)
    np.testing.assert_array_equal(boxes, seen.box)
    np.testing.assert_array_equal(visibility, seen.visibility)


def test_clips_in_several_processes_are_the_same(tmp_path):
    recipes = {"a": {"seed": 1, **SMALL}, "b": {"seed": 2, "mistakes": {"too_shallow": 1}, **SMALL}}
    together = write_clips(recipes, tmp_path / "two", workers=2)
    alone = write_clip(make_clip(**recipes["b"]), tmp_path, "b")
    assert set(together) == {"a", "b"}
    assert together["b"].read_bytes() == alone.read_bytes()
    with np.load(together["b"].with_suffix(".npz")) as two, np.load(alone.with_suffix(".npz")) as one:
        assert all(np.array_equal(two[key], one[key]) for key in one)


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_unwritable_folder_leaves_nothing(clip, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SetupError, match="writable"):
        write_clip(clip, tmp_path / "file", "user")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_failure_half_way_leaves_no_clip(clip, tmp_path, monkeypatch):
    real = list(clip.filmed([0]))

    def broken(self, which=None):
        yield from real
        raise MemoryError

    monkeypatch.setattr(type(clip), "filmed", broken)
    with pytest.raises(MemoryError):
        write_clip(clip, tmp_path, "user")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fps": 0}, "fps must be"),
        ({"fps": float("nan")}, "fps must be"),
        ({"size": (640, 20)}, "64 x 64"),
        ({"repetitions": 0}, "at least 1"),
        ({"exercise": "flying"}, "exercise must be one"),
        ({"mistakes": {"laziness": 1}}, "mistake of squat must be one of"),
        ({"mistakes": {"too_shallow": 2}}, "from 0 to 1"),
        ({"phenotype": {"wings": 1}}, "phenotype must be one of"),
    ],
)
def test_what_cannot_be_made(given, message):
    with pytest.raises(InputError, match=message):
        make_clip(**SMALL | given)


def test_no_recipes(tmp_path):
    with pytest.raises(InputError, match="at least one clip"):
        write_clips({}, tmp_path)


def test_misspelt_recipe(tmp_path):
    with pytest.raises(InputError, match="got repetition; correct"):
        write_clips({"user": {"repetition": 5}}, tmp_path)


def test_a_sidecar_tells_how_a_body_was_stretched():
    clip = make_clip("squat", repetitions=1, fps=5)
    body = stretched(clip.body, {"thigh": 1.05})
    longer = Clip(clip.exercise, body, clip.performance, clip.cameras, clip.fps, clip.seed)
    assert sidecar(clip)["stretch"] == {}
    assert sidecar(longer)["stretch"] == {"thigh": 1.05}
    without = {key: value for key, value in sidecar(clip).items() if key != "stretch"}
    arrays = motion_arrays(clip)
    assert labels_digest(arrays, sidecar(clip)) == labels_digest(arrays, without), "frozen hashes stay as they are"
