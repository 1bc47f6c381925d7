"""2D keypoint detectors: who finds the joints in an image, and how a person is followed through a video."""
