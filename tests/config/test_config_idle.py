"""Changes that would change nothing are refused; others are taken."""

import pytest

from mebench.config.experiment import load_experiment
from mebench.config.idle import refuse_idle
from mebench.errors import MebenchError

TEXT = 'name = "synth_me/str_mean"\n[dataset]\nname = "synth_me"\nvariant = "tiny"\n'


def write(folder, text):
    path = folder / "e.toml"
    path.write_text(text)
    return path


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (("seed=1", "seed=2"), "seed is set twice, and only the last would count"),
        (("train.epochs=1", " train.epochs =1"), "train.epochs is set twice"),
        (("model.name=oracle", "train.epochs=2"), "train.epochs plays no part: model.name oracle is not trained by it"),
        (
            ("task=recognition", "decode.threshold=0.5"),
            "decode.threshold plays no part: task recognition spots nothing",
        ),
        (("task=recognition", "train.epochs=2"), "trains for train.recognition_epochs"),
        (("task=recognition", "score.iou=0.4"), "score.iou plays no part"),
        (("model.name=constant", "features.size=64"), "features.size plays no part: model.name constant looks at none"),
        (("task=vqa", "model.name=blind", "features.flow=opencv_dis"), "features.flow plays no part: task vqa shows"),
        (("task=vqa", "model.name=answerer", "train.head_l2=0.2"), "train.head_l2 plays no part"),
        (("task=vqa", "model.name=answerer", "model.behaviour=mended"), "model.behaviour plays no part"),
    ],
)
def test_changes_without_effect_are_refused(tmp_path, changes, sentence):
    with pytest.raises(MebenchError, match=sentence):
        refuse_idle(load_experiment(write(tmp_path, TEXT), changes), changes)


def test_changes_with_effect_are_taken(tmp_path):
    for changes in (
        ("train.epochs=2", "decode.threshold=0.5", "features.flow=opencv_dis", "score.iou=0.4"),
        ("model.name=threshold", "decode.threshold=0.5", "features.scale=pair"),
        ("task=recognition", "train.recognition_epochs=2", "score.bootstrap=3"),
        ("task=vqa", "model.name=answerer", "train.epochs=2", "media.flow=opencv_dis"),
    ):
        refuse_idle(load_experiment(write(tmp_path, TEXT), changes), changes)
