"""Video in and out: what a file holds, its frames at exact times, and writing one.

Frame ``i`` of a video is the picture that is shown ``i / fps`` seconds after its first one.  Where the rate
is constant that is the i-th picture; where it varies (telephones) the picture nearest in time is taken, so that
poses over time keep their speed.
"""

from fitlab.video.index import VideoInfo, key_frames, probe
from fitlab.video.picture import Picture
from fitlab.video.reading import read_frame, read_frames, read_pictures
from fitlab.video.writing import KEY_FRAME_INTERVAL, VideoWriter

__all__ = [
    "KEY_FRAME_INTERVAL",
    "Picture",
    "VideoInfo",
    "VideoWriter",
    "key_frames",
    "probe",
    "read_frame",
    "read_frames",
    "read_pictures",
]
