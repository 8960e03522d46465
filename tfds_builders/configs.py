"""The configs of a builder of long videos: with pixels and without, for each variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tensorflow_datasets as tfds

from tfds_builders.elements import SEGMENT


@dataclass(eq=False, kw_only=True)
class LongVideoConfig(tfds.core.BuilderConfig):
    """One form of one variant.

    Attributes:
        variant: size or form of the dataset; "" for the only or main one. Of a `frames` config: that of the pixels.
        form: `frames` (segments with pixels), `videos` (facts and labels) or `clips` (questions about them).
    """

    variant: str = ""
    form: str = "frames"


_DESCRIPTIONS = {
    "frames": f"One element for up to {SEGMENT} consecutive frames of a video, as the original files' bytes.",
    "videos": "One element a video, without pixels: length, frame rate, annotated expressions.",
    "clips": "One element a question, without pixels: what is asked, the answer, the facts of its video.",
}


def configs(pixels: Mapping[str, str], forms: Sequence[str] = ("frames", "videos")) -> list[LongVideoConfig]:
    """Return `<variant>_<form>` of each variant, and `<pixels>_frames` of each set of pixels; of "" plain `videos`...

    Args:
        pixels: the variant whose frames each variant has; variants that differ in labels alone share frames.
        forms: which forms there are; `frames` first, the default of `tfds.load`.
    """
    named = [(variant, "frames") for variant in dict.fromkeys(pixels.values())]
    named += [(variant, form) for form in forms if form != "frames" for variant in pixels]
    return [
        LongVideoConfig(
            name=f"{variant}_{form}" if variant else form, description=_DESCRIPTIONS[form], variant=variant, form=form
        )
        for variant, form in named
    ]
