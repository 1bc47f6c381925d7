"""Augmentations of crops for 2D detectors, as pure functions; keypoints move exactly with the pixels.

``geometry`` places and turns the person, ``people`` and ``occlusion`` put others and props around and in front of them,
``appearance`` is what camera and light do; ``recipe`` says how often and how strongly.
"""

from fitlab.training.augmentation.geometry import seen, upright_crop
from fitlab.training.augmentation.recipe import Augmentation, without
from fitlab.training.augmentation.sample import Sample

__all__ = ["Augmentation", "Sample", "seen", "upright_crop", "without"]
