"""People and things drawn off-screen by VTK on a transparent ground, without any display."""

import sys
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fitlab.errors import SetupError
from fitlab.geometry import Camera
from fitlab.synthesis.actors import PersonActor, ThingsActor
from fitlab.synthesis.hair import person_faces

_FINE = 2  # supersampling: cheaper in software than multisampling
_CLIPPING_M = 0.2, 40.0


@dataclass(frozen=True, eq=False)
class Rendering:
    """The part of a picture that holds everything drawn.

    Parameters
    ----------
    part : (rows, columns)
        Slices of the picture; empty when all is out of sight.
    pixels : (h, w, 4) uint8
        Red, green and blue already multiplied by the cover of the pixel, which comes last.
    depth : (h, w) float32
        Metres along the optical axis where at least half of the pixel is covered, inf elsewhere.
    person : (h, w) bool
        Where at least half of the pixel shows the athlete.
    """

    part: tuple[slice, slice]
    pixels: np.ndarray
    depth: np.ndarray
    person: np.ndarray


class MeshRenderer:
    """Draws an athlete, a passer-by and things; buffers and window are reused from picture to picture.

    Parameters
    ----------
    size : (width, height) pixels

    Attributes
    ----------
    athlete, passer : PersonActor ; things : ThingsActor

    Raises
    ------
    SetupError
        If VTK finds no way to draw off-screen.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._window = _offscreen_window()  # first: it loads the OpenGL classes that the others turn into
        from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray
        from vtkmodules.vtkRenderingCore import vtkRenderer

        self.size, faces = size, person_faces()
        vertices = int(faces.max()) + 1
        self.athlete, self.passer = PersonActor(faces, vertices, True), PersonActor(faces, vertices, False)
        self.things = ThingsActor()
        self._renderer = vtkRenderer()
        for actor in (self.athlete, self.passer, self.things):
            self._renderer.AddActor(actor.actor)
        self.show(False, False)
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.SetBackgroundAlpha(0)
        self._renderer.AutomaticLightCreationOff()
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetSize(size[0] * _FINE, size[1] * _FINE)
        self._window.AddRenderer(self._renderer)
        self._pixels, self._buffer = vtkUnsignedCharArray(), vtkFloatArray()

    def show(self, passer: bool, things: bool) -> None:
        """Whether the passer-by and the things are drawn, too."""
        self.passer.actor.SetVisibility(passer)
        self.things.actor.SetVisibility(things)

    def look(self, camera: Camera) -> None:
        """Sets up the camera."""
        eye, (_, down, forward) = camera.position, camera.rotation
        width, height = self.size
        vtk_camera = self._renderer.GetActiveCamera()
        vtk_camera.SetPosition(*eye)
        vtk_camera.SetFocalPoint(*(eye + forward))
        vtk_camera.SetViewUp(*(-down))
        vtk_camera.SetViewAngle(2 * np.degrees(np.arctan(height / 2 / camera.focal[1])))
        vtk_camera.SetWindowCenter(1 - 2 * camera.centre[0] / width, 2 * camera.centre[1] / height - 1)
        vtk_camera.SetClippingRange(*_CLIPPING_M)

    def render(self, low: np.ndarray, high: np.ndarray) -> Rendering:
        """Draws everything as it is; what is seen lies between the pixels ``low`` and ``high`` (x, y)."""
        from vtkmodules.util.numpy_support import vtk_to_numpy

        self._window.Render()
        width, height = self.size
        low = np.clip(np.floor(low) - 2, 0, (width, height)).astype(int)
        high = np.clip(np.ceil(high) + 2, low, (width, height)).astype(int)
        part = slice(low[1], high[1]), slice(low[0], high[0])
        w, h = high - low
        if not w * h:
            return Rendering(part, np.zeros((h, w, 4), np.uint8), np.zeros((h, w), np.float32), np.zeros((h, w), bool))
        bottom, top = _FINE * (height - high[1]), _FINE * (height - low[1]) - 1  # VTK counts rows from below
        corners = _FINE * low[0], bottom, _FINE * high[0] - 1, top
        self._window.GetRGBACharPixelData(*corners, 0, self._pixels)
        self._window.GetZbufferData(*corners, self._buffer)
        fine = vtk_to_numpy(self._pixels).reshape(_FINE * h, _FINE * w, 4)
        pixels = cv2.resize(fine, (int(w), int(h)), interpolation=cv2.INTER_AREA)[::-1]
        athlete = _sum_of_four(fine[..., 2] & fine[..., 3] & 1)[::-1]  # odd and not of the empty ground
        z = vtk_to_numpy(self._buffer).reshape(_FINE * h, _FINE * w)
        z = np.minimum(np.minimum(z[::2, ::2], z[1::2, ::2]), np.minimum(z[::2, 1::2], z[1::2, 1::2]))[::-1]
        near, far = _CLIPPING_M
        depth = near * far / (far - z * np.float32(far - near))
        depth[pixels[..., 3] < 128] = np.inf
        return Rendering(part, pixels, depth, athlete >= 2)

    def close(self) -> None:
        """Frees the window."""
        self._window.Finalize()


def _sum_of_four(fine: np.ndarray) -> np.ndarray:
    return fine[::2, ::2] + fine[1::2, ::2] + fine[::2, 1::2] + fine[1::2, 1::2]


def _offscreen_window() -> Any:  # vtkRenderWindow, imported late
    try:
        import vtkmodules.vtkRenderingOpenGL2 as opengl
        from vtkmodules.vtkRenderingCore import vtkRenderWindow
    except ImportError as error:
        raise SetupError(f"VTK must be importable to render, got {error}; install the package vtk") from error
    # The factory would first try an X server and complain on standard error.
    linux = sys.platform.startswith("linux") and hasattr(opengl, "vtkEGLRenderWindow")
    window = opengl.vtkEGLRenderWindow() if linux else vtkRenderWindow()
    window.SetOffScreenRendering(1)
    if not window.SupportsOpenGL():
        raise SetupError("VTK must be able to draw off-screen, got no OpenGL; install Mesa (libegl1, libgl1-mesa-dri)")
    return window
