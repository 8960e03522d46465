"""The questions of a built dataset, each with the video that it is about."""

from pathlib import Path

from mebench.data.builders import builder_of
from mebench.data.questions import Question
from mebench.data.source import read_elements
from mebench.errors import MebenchError

_TEXTS = ("question_id", "form", "question", "answer", "raw")


def read_questions(name: str, variant: str, data_dir: Path | None) -> dict[str, tuple[Question, ...]]:
    """Return the questions by `video_id`, in the order of their file.

    Args:
        name: of the dataset.
        variant: of it; decides the questions as well.
        data_dir: folder of built datasets; None: that of TFDS.

    Raises:
        MebenchError: a dataset without questions, or one that is not built or damaged.
    """
    builder = builder_of(name, variant, "videos", data_dir)
    if "clips" not in builder.FORMS:
        raise MebenchError(f"{name} has no questions; task vqa takes datasets with a `clips` form, as synth_me, me_vqa")
    asked = builder_of(name, variant, "clips", data_dir)
    if not asked.is_prepared():
        raise MebenchError(f"the questions of {name} are not built; run: mebench data build {name}")
    found: dict[str, list[Question]] = {}
    for element in read_elements(asked):
        texts = {key: element[key].decode() for key in _TEXTS}
        question = Question(**texts, has_answer=bool(element["has_answer"]), row=int(element["row"]))
        found.setdefault(element["video_id"].decode(), []).append(question)
    return {video: tuple(sorted(rows, key=lambda one: one.row)) for video, rows in found.items()}
