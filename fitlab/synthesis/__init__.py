"""The studio: bodies that exercise, filmed by a phone, with every label exact."""

from fitlab.synthesis.clips import Clip, Phone, draw_phone, make_clip, poses_of, write_clip
from fitlab.synthesis.motion import Performance, load_motion

__all__ = ["Clip", "Performance", "Phone", "draw_phone", "load_motion", "make_clip", "poses_of", "write_clip"]
