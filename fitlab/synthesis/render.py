"""The person drawn off-screen by VTK on a transparent ground, without any display."""

import sys
from typing import Any

import numpy as np

from fitlab.errors import SetupError
from fitlab.geometry import Camera

_SUPERSAMPLING = 2  # cheaper in software than multisampling: 14 against 90 ms a picture
_CLIPPING_M = 0.2, 30.0


class MeshRenderer:
    """Draws one mesh whose vertices move; buffers and window are reused from picture to picture.

    Parameters
    ----------
    faces : (F, 3) int
    vertices : int
        How many vertices the mesh has.
    size : (width, height) pixels

    Raises
    ------
    SetupError
        If VTK finds no way to draw off-screen.
    """

    def __init__(self, faces: np.ndarray, vertices: int, size: tuple[int, int]) -> None:
        self._window = _offscreen_window()  # first: it loads the OpenGL classes that the others turn into
        from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
        from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

        self._size = size
        # VTK's arrays share memory with these and are told when they change.
        self._points, self._normals = np.zeros((vertices, 3), np.float32), np.zeros((vertices, 3), np.float32)
        cells, points, self._mesh = vtkCellArray(), vtkPoints(), vtkPolyData()
        cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(faces, np.int64).ravel(), deep=True))
        points.SetData(numpy_to_vtk(self._points))
        self._mesh.SetPoints(points)
        self._mesh.SetPolys(cells)
        self._mesh.GetPointData().SetNormals(numpy_to_vtk(self._normals))
        mapper, self._actor, self._renderer = vtkPolyDataMapper(), vtkActor(), vtkRenderer()
        mapper.SetInputData(self._mesh)
        mapper.SetColorModeToDirectScalars()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetSpecular(0.04)
        self._actor.GetProperty().SetSpecularPower(12)
        self._renderer.AddActor(self._actor)
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.SetBackgroundAlpha(0)
        self._renderer.AutomaticLightCreationOff()
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetSize(size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
        self._window.AddRenderer(self._renderer)

    def set_scene(self, colours: np.ndarray, camera: Camera, key_light: np.ndarray, ambient: float) -> None:
        """Colours the vertices, (V, 3) uint8, and sets up camera and lights.

        ``key_light`` (3,) is the direction from the scene towards the main light, ``ambient`` in [0, 1]
        the share of the light that comes from everywhere.
        """
        from vtkmodules.util.numpy_support import numpy_to_vtk
        from vtkmodules.vtkRenderingCore import vtkLight

        self._mesh.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(colours), deep=True))
        self._actor.GetProperty().SetAmbient(ambient)
        self._actor.GetProperty().SetDiffuse(1 - ambient * 0.6)
        self._renderer.RemoveAllLights()
        side = np.cross(key_light, [0, 0, 1])
        for direction, strength in ((key_light, 0.8), (side - 0.3 * key_light, 0.28), (np.array([0, 0, 1.0]), 0.25)):
            light = vtkLight()
            light.SetLightTypeToSceneLight()
            light.SetPosition(*(100 * direction))
            light.SetFocalPoint(0, 0, 0)
            light.SetIntensity(strength)
            self._renderer.AddLight(light)
        self._camera = camera
        eye, (_, down, forward) = camera.position, camera.rotation
        width, height = self._size
        vtk_camera = self._renderer.GetActiveCamera()
        vtk_camera.SetPosition(*eye)
        vtk_camera.SetFocalPoint(*(eye + forward))
        vtk_camera.SetViewUp(*(-down))
        vtk_camera.SetViewAngle(2 * np.degrees(np.arctan(height / 2 / camera.focal[1])))
        vtk_camera.SetWindowCenter(1 - 2 * camera.centre[0] / width, 2 * camera.centre[1] / height - 1)
        vtk_camera.SetClippingRange(*_CLIPPING_M)

    def render(self, vertices: np.ndarray, normals: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
        """Draws the mesh at ``vertices`` (V, 3) world metres, shaded by ``normals`` (V, 3).

        Returns
        -------
        part : (rows, columns)
            The part of the picture that holds the mesh; empty slices when it is out of sight.
        pixels : (h, w, 4) uint8
            That part: red, green and blue already multiplied by the cover of the pixel, which comes last.
        depth : (h, w) float32
            Metres along the optical axis to the mesh where it covers at least half of the pixel, inf elsewhere.
        """
        import cv2
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray

        self._points[:], self._normals[:] = vertices, normals
        self._mesh.GetPoints().GetData().Modified()
        self._mesh.GetPointData().GetNormals().Modified()
        self._mesh.GetPoints().Modified()
        self._mesh.Modified()
        self._window.Render()

        width, height = self._size
        seen = self._camera.project(vertices)
        low = np.clip(np.floor(np.nanmin(seen, axis=0)) - 2, 0, (width, height)).astype(int)
        high = np.clip(np.ceil(np.nanmax(seen, axis=0)) + 2, 0, (width, height)).astype(int)
        part = slice(low[1], high[1]), slice(low[0], high[0])
        if (low >= high).any():
            empty = max(high[1] - low[1], 0), max(high[0] - low[0], 0)
            return part, np.zeros((*empty, 4), np.uint8), np.full(empty, np.inf, np.float32)
        fine, pixels, buffer = _SUPERSAMPLING, vtkUnsignedCharArray(), vtkFloatArray()
        bottom, top = fine * (height - high[1]), fine * (height - low[1]) - 1  # VTK counts rows from below
        corners = fine * low[0], bottom, fine * high[0] - 1, top
        self._window.GetRGBACharPixelData(*corners, 0, pixels)
        self._window.GetZbufferData(*corners, buffer)
        w, h = high - low
        picture = vtk_to_numpy(pixels).reshape(fine * h, fine * w, 4)
        cover = cv2.resize(picture, (int(w), int(h)), interpolation=cv2.INTER_AREA)[::-1]
        nearest = vtk_to_numpy(buffer).reshape(h, fine, w, fine).min(axis=(1, 3))[::-1]
        near, far = _CLIPPING_M
        depth = near * far / (far - nearest * (far - near))
        return part, cover, np.where(cover[..., 3] >= 128, depth, np.float32(np.inf)).astype(np.float32)

    def close(self) -> None:
        """Frees the window."""
        self._window.Finalize()


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
