"""Videos made here with known content, so that every expectation is exact; and what recorded files break."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from fitlab.errors import InputError, SetupError
from fitlab.video import KEY_FRAME_INTERVAL, VideoWriter, key_frames, probe, read_frame, read_frames

FRAMES = 75


def number_frame(number: int, size=(64, 48)) -> np.ndarray:
    """A picture that says which one it is: the number in binary, as eight grey bars; they survive compression."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for bit in range(8):
        image[:, bit * size[0] // 8 : (bit + 1) * size[0] // 8] = 220 if number >> bit & 1 else 30
    return image


def number_of(image: np.ndarray) -> int:
    middles = ((np.arange(8) + 0.5) * image.shape[1] / 8).astype(int)
    return sum(1 << bit for bit, x in enumerate(middles) if image[image.shape[0] // 2, x].mean() > 125)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "numbers.mp4"
    with VideoWriter(path, 25, (64, 48)) as writer:
        for number in range(FRAMES):
            writer.write(number_frame(number))
    return path


def write_at(path, times_s, rotation_deg=0, size=(64, 48)):
    """A video whose i-th picture is shown at times_s[i]."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for number, time in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(number_frame(number, size), format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_probe(clip):
    info = probe(clip)
    assert (info.width, info.height, info.fps, info.frames) == (64, 48, 25, FRAMES)
    assert info.duration_s == FRAMES / 25
    assert not info.variable_rate and info.rotation_deg == 0


@pytest.mark.parametrize(("start", "stop"), [(0, None), (0, 1), (29, 31), (30, 45), (37, 37), (59, 75), (74, 75)])
def test_read_frames_gives_exactly_the_interval(clip, start, stop):
    numbers = [number_of(frame) for frame in read_frames(clip, start, stop)]
    assert numbers == list(range(FRAMES))[start:stop]


def test_read_frame_equals_sequential_reading(clip):
    everything = list(read_frames(clip))
    for index in (0, 1, KEY_FRAME_INTERVAL - 1, KEY_FRAME_INTERVAL, KEY_FRAME_INTERVAL + 1, FRAMES - 1):
        np.testing.assert_array_equal(read_frame(clip, index), everything[index])


def test_frames_are_contiguous_uint8_rgb(clip):
    frame = read_frame(clip, 3)
    assert frame.dtype == np.uint8 and frame.shape == (48, 64, 3) and frame.flags.c_contiguous


def test_colours_keep_their_order(tmp_path):
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    with VideoWriter(tmp_path / "red.mp4", 10, (32, 32)) as writer:
        writer.write(red)
        writer.write(red)
    assert np.abs(read_frame(tmp_path / "red.mp4", 1).astype(int) - red).max() < 12


@pytest.mark.parametrize("interval", [(-1, 4), (5, 4), (0, FRAMES + 1)])
def test_interval_must_lie_in_the_video(clip, interval):
    with pytest.raises(InputError, match=rf"0 to {FRAMES}.*got"):
        read_frames(clip, *interval)


def test_key_frames_come_regularly(clip):
    with av.open(str(clip)) as container:
        keys = [i for i, packet in enumerate(container.demux(video=0)) if packet.size and packet.is_keyframe]
    assert keys == list(range(0, FRAMES, KEY_FRAME_INTERVAL)) == key_frames(clip).tolist()


def test_odd_sizes_are_padded(tmp_path):
    path = tmp_path / "odd.mp4"
    with VideoWriter(path, 30, (33, 17)) as writer:
        writer.write(np.full((17, 33, 3), 90, np.uint8))
        writer.write(np.full((17, 33, 3), 90, np.uint8))
    assert (probe(path).width, probe(path).height) == (34, 18)
    assert np.abs(read_frame(path, 0).astype(int) - 90).max() < 6


def test_writing_is_whole_or_not_at_all(tmp_path):
    path = tmp_path / "broken.mp4"
    with pytest.raises(ZeroDivisionError), VideoWriter(path, 30, (32, 32)) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="at least one frame"), VideoWriter(path, 30, (32, 32)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_writer_refuses_other_sizes_and_rates(tmp_path):
    with pytest.raises(ValueError, match="must be uint8"), VideoWriter(tmp_path / "a.mp4", 30, (32, 32)) as writer:
        writer.write(np.zeros((16, 32, 3), np.uint8))
    for fps in (0, -1, float("nan")):
        with pytest.raises(InputError, match="fps"):
            VideoWriter(tmp_path / "a.mp4", fps, (32, 32))


def test_writer_without_permission_is_a_setup_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SetupError), VideoWriter(tmp_path / "file" / "a.mp4", 30, (32, 32)) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))


@pytest.mark.parametrize("fps", [23.976, 29.97, 59.94, 12.5])
def test_broken_rates_survive(tmp_path, fps):
    with VideoWriter(tmp_path / "a.mp4", fps, (32, 32)) as writer:
        for _ in range(5):
            writer.write(np.zeros((32, 32, 3), np.uint8))
    assert probe(tmp_path / "a.mp4").fps == pytest.approx(fps, rel=1e-3)


# ------------------------------------------------------------------ telephones


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_applied(tmp_path, rotation):
    path = tmp_path / "turned.mp4"
    write_at(path, np.arange(6) / 30, rotation)
    info = probe(path)
    assert info.rotation_deg == rotation
    stored = number_frame(3)
    upright = np.rot90(stored, rotation // 90)  # FFmpeg counts counter-clockwise
    assert (info.height, info.width) == upright.shape[:2]
    assert np.abs(read_frame(path, 3).astype(int) - upright).mean() < 12


def test_display_matrix_of_a_telephone(tmp_path):
    """ISO 14496-12, 6.2.2: x' = a x + c y + u.  Held upright, telephones store a = d = 0, b = 1, c = -1: clockwise."""
    path = tmp_path / "phone.mp4"
    write_at(path, np.arange(6) / 30)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # version and flags, times, track, duration, reserved, layer, volume
    one = 1 << 16
    content[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30)
    path.write_bytes(content)
    assert (probe(path).width, probe(path).height) == (48, 64)
    clockwise = np.rot90(number_frame(5), -1)
    assert np.abs(read_frame(path, 5).astype(int) - clockwise).mean() < 12


def test_variable_rate_keeps_time(tmp_path):
    """30 pictures in the first second, 15 in the next: as many frames per second in both halves."""
    times = np.concatenate([np.arange(30) / 30, 1 + np.arange(16) / 15])
    path = tmp_path / "variable.mp4"
    write_at(path, times)
    info = probe(path)
    assert info.variable_rate
    shown = np.array([number_of(frame) for frame in read_frames(path)])
    assert len(shown) == info.frames
    wanted = np.arange(info.frames) / info.fps
    nearest = np.abs(wanted[:, None] - times).min(axis=1)
    np.testing.assert_allclose(np.abs(wanted - times[shown]), nearest, atol=2e-3)
    assert number_of(read_frame(path, info.frames // 2)) == shown[info.frames // 2]


# ------------------------------------------------------------------ what cannot be used


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        probe(path)
    message = str(caught.value)
    assert "\n" not in message and "must" in message and "got" in message and str(path) in message
    with pytest.raises(InputError):
        list(read_frames(path))
    return message


def test_missing_folder_empty(tmp_path):
    assert "exist" in refused(tmp_path / "nothing.mp4")
    assert "folder" in refused(tmp_path)
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert "empty" in refused(tmp_path / "empty.mp4")


@pytest.mark.parametrize("name", ["text.mp4", "text.txt", "list.m3u8", "table.csv"])
def test_not_a_video(tmp_path, name):
    (tmp_path / name).write_text("#EXTM3U\nthis is no video\n" * 200)
    refused(tmp_path / name)


def test_a_playlist_fetches_nothing(tmp_path):
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    refused(tmp_path / "list.m3u8")


def test_photograph(tmp_path):
    cv2 = pytest.importorskip("cv2")
    for name in ("photo.png", "photo.jpg"):
        cv2.imwrite(str(tmp_path / name), number_frame(3))
        assert "moving" in refused(tmp_path / name)


def test_sound_only(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "sound" in refused(path)


def test_broken_off_before_the_index(clip, tmp_path):
    """A recording that was cut while its index (moov) still stood at the end, or was never written."""
    content = clip.read_bytes()
    at = content.index(b"moov") - 4
    (size,) = struct.unpack(">I", content[at : at + 4])
    path = tmp_path / "no_index.mp4"
    path.write_bytes(content[:at] + content[at + size :])
    assert "broke off" in refused(path)


@pytest.mark.parametrize("share", [0.98, 0.8, 0.6])
def test_broken_off_in_the_stream(clip, tmp_path, share):
    content = clip.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "written for playing while loading"
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: int(len(content) * share)])
    message = refused(path)
    assert "breaks off after" in message and f"of {FRAMES} frames" in message


def test_without_frames(tmp_path):
    path = tmp_path / "none.mp4"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        container.start_encoding()
    refused(path)


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "a.mp4"
    for frames in (3, 6):
        with VideoWriter(path, 30, (32, 32)) as writer:
            for _ in range(frames):
                writer.write(np.zeros((32, 32, 3), np.uint8))
        assert probe(path).frames == frames


def test_real_clips(real_data):
    path = real_data / "clips" / "walk_sports2d.mp4"
    info = probe(path)
    assert (info.width, info.height, info.fps, info.frames, info.rotation_deg) == (1768, 994, 30, 230, 0)
    assert [frame.shape for frame in read_frames(path, 118, 122)] == [(994, 1768, 3)] * 4
