"""Write opencv_contrib.npz: pairs of pictures and the flow that opencv-contrib's DualTVL1 finds, defaults throughout.

Needs an environment of its own with opencv-contrib-python-headless 5.0.0, numpy and jaxtyping (opencv distributions
do not mix); run from the repository's root: PYTHONPATH=. python tests/golden/tvl1/make.py
"""

from pathlib import Path

import cv2
import numpy as np

from mebench.features.flow.synthetic import KnownPair, known_pair

HERE = Path(__file__).parent
AMPLITUDES = (0.3, 1.0, 3.0)

DISTURBANCE = 2.5e-4
"""Grey levels of noise for `own_difference`: how far contrib's flow moves (mean px) when rounding changes a little."""


def pairs() -> list[KnownPair]:
    """Return three moved textures and two moved faces, one of them with sensor noise."""
    face = cv2.imread(str(HERE.parent / "faces" / "cc0_head.jpg"), cv2.IMREAD_GRAYSCALE)
    face = cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA)
    textures = [known_pair(seed, 128, amplitude) for seed, amplitude in enumerate(AMPLITUDES)]
    return [*textures, known_pair(10, 128, 1.0, face), known_pair(11, 128, 2.0, face, noise=2.0)]


def contrib(pair: KnownPair, epsilon: float = 0.01, scales: int = 5, disturbance: float = 0.0) -> np.ndarray:
    """Return contrib's flow; `disturbance` is noise on the first picture in grey levels (through its float input)."""
    method = cv2.optflow.DualTVL1OpticalFlow.create()
    method.setEpsilon(epsilon)
    method.setScalesNumber(scales)
    noise = np.random.default_rng(0).normal(0, disturbance, pair.previous.shape)
    previous, following = (pair.previous + noise) / 255, pair.following / 255
    return method.calc(previous.astype(np.float32), following.astype(np.float32), None)


def middle(pair: KnownPair) -> KnownPair:
    """Return the 64x64 px in the middle of a pair."""
    part = (slice(32, 96), slice(32, 96))
    return KnownPair(pair.previous[part], pair.following[part], pair.flow[part])


def main() -> None:
    """Compute and store."""
    made = pairs()
    found = [contrib(pair) for pair in made]
    disturbed = [contrib(pair, disturbance=DISTURBANCE) for pair in made]
    own = [np.sqrt(np.square(a - b).sum(axis=-1)).mean() for a, b in zip(found, disturbed, strict=True)]
    np.savez_compressed(
        HERE / "opencv_contrib.npz",
        previous=np.stack([pair.previous for pair in made]),
        following=np.stack([pair.following for pair in made]),
        contrib=np.stack(found).astype(np.float16),
        never_stopped=contrib(middle(made[2]), epsilon=0.0, scales=2).astype(np.float16),
        own_difference=np.array(own, np.float32),
        version=np.array(cv2.__version__),
    )


if __name__ == "__main__":
    main()
