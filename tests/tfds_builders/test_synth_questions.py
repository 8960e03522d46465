"""Questions about synth_me: every form of the challenges, answers that follow from the annotation, balance, rows."""

import json
import re
from collections import Counter

import pytest

from mebench.data.action_units import AU_NAMES
from mebench.data.builders import build_dataset
from mebench.data.built_questions import read_questions
from mebench.data.source import read_infos
from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.tables.questions import read_rows
from tfds_builders.synth_me.questions import questions_of
from tfds_builders.synth_me.settings import VARIANTS
from tfds_builders.synth_me.synth_me_dataset_builder import video_info

CLIPS = VARIANTS["clips"]


def asked(variant, free=False):
    pairs = [(s, v) for s in range(variant.subjects) for v in range(variant.videos)]
    infos = [video_info(variant, *pair) for pair in pairs]
    seeds = [(variant.seed, *pair) for pair in pairs]
    return [(info, questions_of(info, seed, free)) for info, seed in zip(infos, seeds, strict=True)]


def test_every_clip_has_the_forms_of_2025():
    forms = Counter(question.form for _, rows in asked(CLIPS) for question in rows)
    assert forms["coarse"] == forms["fine"] == forms["au_present"] == forms["joint"] == 240
    assert forms["au"] + forms["aus"] == 240
    assert min(forms["au"], forms["aus"]) > 40
    assert forms["au_side"] > 40
    assert set(forms) == {"coarse", "fine", "au", "aus", "au_present", "au_side", "joint"}


def test_the_second_edition_asks_for_an_analysis():
    first, second = asked(CLIPS), asked(CLIPS, free=True)
    for (info, rows), (_, free) in zip(first, second, strict=True):
        assert [one.question for one in rows[:-1]] == [one.question for one in free[:-1]]
        assert (rows[-1].form, free[-1].form) == ("joint", "analysis")
        assert info.expressions[0].fine in free[-1].answer


def test_answers_follow_from_the_annotation():
    for info, rows in asked(CLIPS):
        (shown,) = info.expressions
        numbers = sorted(int(re.sub(r"\D", "", unit)) for unit in shown.aus)
        names = [AU_NAMES[number] for number in numbers]
        answers = {question.form: question for question in rows}
        assert (answers["coarse"].answer, answers["fine"].answer) == (shown.coarse, shown.fine)
        plural = len(names) > 1
        assert answers["aus" if plural else "au"].answer == ", ".join(names)
        named = re.search("action unit (.*) shown", answers["au_present"].question)[1]
        assert answers["au_present"].answer == ("yes" if named in names else "no")
        assert ", ".join(names) in answers["joint"].answer
        if "au_side" in answers:
            unit = re.search("action unit (.*) located", answers["au_side"].question)[1]
            (code,) = [au for au in shown.aus if AU_NAMES[int(re.sub(r"\D", "", au))] == unit]
            assert answers["au_side"].answer == {"L": "left", "R": "right"}[code[0]]
        else:
            assert all(au.startswith("AU") for au in shown.aus)


def test_classes_and_yes_and_no_are_balanced():
    rows = [question for _, questions in asked(CLIPS) for question in questions]
    coarse = Counter(one.answer for one in rows if one.form == "coarse")
    assert coarse == {"negative": 80, "positive": 80, "surprise": 80}
    assert Counter(one.answer for one in rows if one.form == "au_present") == {"yes": 120, "no": 120}
    sides = Counter(one.answer for one in rows if one.form == "au_side")
    assert min(sides.values()) > 0.35 * sides.total()


def test_long_videos_get_the_questions_of_lvqa():
    for info, rows in asked(VARIANTS["quick"]):
        kinds = [one.kind for one in info.expressions]
        answers = [question.answer for question in rows]
        assert answers[:3] == [str(len(kinds)), str(kinds.count("micro")), str(kinds.count("macro"))]
        assert rows[3].form == "au_set"
        assert answers[4:] == [f"{kind}-expression" for kind in kinds[:2]]


def test_rows_are_read_back_from_a_built_dataset_and_by_the_scorer(tmp_path):
    build_dataset("synth_me", "tiny", tmp_path, Silent(), forms=("videos", "clips"))
    found = read_questions("synth_me", "tiny", tmp_path)
    assert set(found) == {info.video_id for info in read_infos("synth_me", "tiny", tmp_path)}
    rows = [question for questions in found.values() for question in questions]
    (tmp_path / "rows.jsonl").write_text("".join(question.raw + "\n" for question in rows))
    read = read_rows(tmp_path / "rows.jsonl")
    assert [(one.id, one.form, one.answer) for one in read] == [(q.question_id, q.form, q.answer) for q in rows]
    assert set(json.loads(rows[0].raw)) == {"id", "dataset", "image_id", "subject", "filename", "question", "answer"}
    with pytest.raises(MebenchError, match=r"the questions of synth_me are not built; run: mebench data build"):
        read_questions("synth_me", "quick", tmp_path)
    with pytest.raises(MebenchError, match=r"samm_lv has no questions; task vqa takes datasets with a `clips` form"):
        read_questions("samm_lv", "", tmp_path)
