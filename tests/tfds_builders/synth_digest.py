"""Digests of what synth_me draws, printed by a process of its own: `python synth_digest.py`."""

import hashlib
import json
import sys

from tfds_builders.synth_me import clip
from tfds_builders.synth_me.questions import questions_of
from tfds_builders.synth_me.settings import VARIANTS
from tfds_builders.synth_me.synth_me_dataset_builder import face_of, video_info, video_scene

DRAWN = {"tiny": (0, 1, 2), "quick": (1,), "200fps": (1,), "clips": (3,), "clips_v2": (3,)}
"""Subjects of each variant."""


def digests(threads: int) -> dict[str, str]:
    """Return the sha256 over annotations, questions and the JPEG files of some subjects of each variant."""
    found, frames = {}, {}
    for name, subjects in DRAWN.items():
        variant, digest = VARIANTS[name], hashlib.sha256()
        for subject in subjects:
            face = face_of(variant, subject)
            for video in range(variant.videos):
                info, seed = video_info(variant, subject, video), (variant.seed, subject, video)
                digest.update(repr((info, questions_of(info, seed, free=name.endswith("_v2")))).encode())
                scene = (*seed, variant.fps)
                if scene not in frames:  # clips and clips_v2 share theirs
                    drawn = clip.frames(video_scene(variant, face, subject, video), threads)
                    frames[scene] = hashlib.sha256(b"".join(drawn)).digest()
                digest.update(frames[scene])
        found[name] = digest.hexdigest()
    return found


if __name__ == "__main__":
    print(json.dumps(digests(int(sys.argv[1]))))
