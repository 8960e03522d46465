"""Comparison of the clips that an experiment recognises with those published for its label map."""

from collections import Counter
from collections.abc import Sequence

from mebench.data.interval import VideoInfo
from mebench.data.label_maps import LabelMap


def count_note(labels: LabelMap, classes: Sequence[str], infos: Sequence[VideoInfo]) -> str:
    """Return a sentence where a dataset's micro-expressions of some classes are not as many as are published.

    Args:
        labels: the dataset's map; where it tells no published number there is nothing to say.
        classes: that the experiment recognises; only those of the map are counted.
        infos: videos of the dataset, their coarse class given by the map.
    """
    names = [name for name in labels.classes if name in classes and name in labels.scored]
    of_class = Counter(e.coarse for info in infos for e in info.micro)
    found, published = [of_class[name] for name in names], [labels.scored[name] for name in names]
    if found == published:
        return ""
    return (
        f"{labels.dataset}: {sum(found)} clips have a class of {labels.name}, published are {sum(published)} "
        f"({'; '.join(f'{n} {a}, not {b}' for n, a, b in zip(names, found, published, strict=True) if a != b)}): "
        "figures are not comparable with published ones"
    )
