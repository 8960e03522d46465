"""The configs of a builder of long videos: with pixels and without, for each variant."""

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow_datasets as tfds

from tfds_builders.elements import SEGMENT


@dataclass(eq=False, kw_only=True)
class LongVideoConfig(tfds.core.BuilderConfig):
    """One form of one variant.

    Attributes:
        variant: size or form of the dataset; "" for the only or main one. Of a `frames` config: that of the pixels.
        form: `frames` (segments with pixels) or `videos` (facts and labels).
    """

    variant: str = ""
    form: str = "frames"


_DESCRIPTIONS = {
    "frames": f"One element for up to {SEGMENT} consecutive frames of a video, as the original files' bytes.",
    "videos": "One element a video, without pixels: length, frame rate, annotated expressions.",
}


def configs(pixels: Mapping[str, str]) -> list[LongVideoConfig]:
    """Return `<variant>_videos` of each variant and `<pixels>_frames` of each set of pixels; of "" plain `videos`...

    Args:
        pixels: the variant whose frames each variant has; variants that differ in labels alone share frames.
    """
    forms = [(variant, "frames") for variant in dict.fromkeys(pixels.values())]
    forms += [(variant, "videos") for variant in pixels]
    return [
        LongVideoConfig(
            name=f"{variant}_{form}" if variant else form, description=_DESCRIPTIONS[form], variant=variant, form=form
        )
        for variant, form in forms
    ]
