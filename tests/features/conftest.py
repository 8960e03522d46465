"""A picture of a face, and a video of it that is made frame by frame."""

from pathlib import Path

import cv2
import numpy as np
import pytest

PICTURE = Path(__file__).parents[1] / "golden" / "faces" / "cc0_head.jpg"


class MovingPicture:
    """A reader of `length` frames in which the picture drifts by known sub-pixel steps; counts what it reads."""

    def __init__(self, picture, length):
        self.picture, self.length = picture, length
        self.most, self.read_frames = 0, 0

    def __len__(self):
        return self.length

    def read(self, start, stop):
        return np.stack([self._frame(index) for index in range(start, stop)])

    def read_gray(self, start, stop):
        assert 0 <= start < stop <= self.length
        self.most = max(self.most, stop - start)
        self.read_frames += stop - start
        return np.stack([cv2.cvtColor(self._frame(index), cv2.COLOR_BGR2GRAY) for index in range(start, stop)])

    def _frame(self, index):
        shift = np.array([[1, 0, 0.8 * np.sin(index / 9)], [0, 1, 0.6 * np.cos(index / 7)]], np.float32)
        size = self.picture.shape[1::-1]
        return cv2.warpAffine(self.picture, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@pytest.fixture(scope="session")
def face_picture():
    return cv2.imread(str(PICTURE), cv2.IMREAD_COLOR)


@pytest.fixture
def moving_face(face_picture):
    return lambda length: MovingPicture(face_picture, length)
