"""The peer of `mebench.benchmarks.flow`: opencv-contrib's DualTVL1, by an interpreter that has opencv-contrib.

Reads a JSON line {"pairs": FILE.npz, "inside": true|false, "out": FILE.npy}, writes {"seconds": ...}. `inside`: OpenCV
shares the threads out within a pair; otherwise each thread computes pairs of its own.
Usage: python flow_peer.py THREADS
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any


def main(threads: int) -> None:
    """Answer until the input ends."""
    import cv2
    import numpy as np

    contrib: Any = cv2

    def share(first: int, step: int, previous: Any, following: Any, out: Any) -> None:
        method = contrib.optflow.DualTVL1OpticalFlow_create()
        for index in range(first, len(previous), step):
            out[index] = method.calc(previous[index], following[index], None)

    for line in sys.stdin:
        asked = json.loads(line)
        with np.load(asked["pairs"]) as stored:
            pairs = stored["previous"], stored["following"]
        out = np.empty((*pairs[0].shape, 2), np.float32)
        workers = 1 if asked["inside"] else threads
        cv2.setNumThreads(threads if asked["inside"] else 1)
        start = perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda first, given=(workers, *pairs, out): share(first, *given), range(workers)))
        seconds = perf_counter() - start
        np.save(asked["out"], out)
        sys.stdout.write(json.dumps({"seconds": seconds, "version": cv2.__version__}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
