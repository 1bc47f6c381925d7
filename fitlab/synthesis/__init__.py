"""The studio: bodies that exercise, filmed by a phone, with every label exact."""

from fitlab.synthesis.batch import write_clips
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.clips import Clip, make_clip
from fitlab.synthesis.images import LabelledImage, make_images
from fitlab.synthesis.motion import Performance, load_motion
from fitlab.synthesis.phones import Phone, draw_phone

__all__ = [
    "Clip",
    "LabelledImage",
    "Performance",
    "Phone",
    "draw_phone",
    "load_motion",
    "make_clip",
    "make_images",
    "write_clip",
    "write_clips",
]
