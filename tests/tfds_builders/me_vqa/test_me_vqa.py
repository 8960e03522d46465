"""ME-VQA: questions joined to frames and annotation, editions, partial copies, damaged rows."""

import json

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import me_vqa
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.tree import scan
from tfds_builders.me_vqa.me_vqa_dataset_builder import Builder


def read(root, variant=""):
    return Builder.read(scan(root), Choice(pixels=variant))


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if f.severity in severities)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return me_vqa.write(tmp_path_factory.mktemp("vqa") / "archive")


def test_rows_find_their_clips_however_they_are_padded(archive):
    reading = read(archive)
    found = {v.info.video_id: (v.info.subject, len(v.questions), v.info.fps) for v in reading.videos}
    assert found == {
        "samm_006_1_2": ("samm_006", 3, 200.0),
        "samm_007_3_1": ("samm_007", 1, 200.0),
        **{k: v for k, v in found.items() if k.startswith(("casme2_", "smic_"))},
    }
    assert sorted((v[1], v[2]) for k, v in found.items() if k.startswith("casme2_")) == [(2, 200.0)]
    assert sorted((v[1], v[2]) for k, v in found.items() if k.startswith("smic_")) == [(1, 100.0)]
    assert len({v[0] for v in found.values()}) == 4
    assert reading.version == "2025"
    counts = {c.what: (c.found, c.published) for c in reading.counts}
    assert counts["rows of samm"] == (4, 828)
    assert counts["questions kept"] == (7, 1903)
    assert codes(reading, "fatal", "warning") == []


def test_built_clips_hold_question_and_annotation(archive, tmp_path):
    build_dataset("me_vqa", "", tmp_path, Silent(), jobs=2, archive=archive)
    builder = tfds.builder("me_vqa/clips", data_dir=tmp_path)
    if not builder.is_prepared():
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=archive))
    rows = {r["question_id"].decode() if isinstance(r["question_id"], bytes) else r["question_id"]: r
            for r in tfds.data_source("me_vqa/clips", data_dir=tmp_path)["full"]}  # fmt: skip
    assert len(rows) == 7
    one = rows["samm_006_1_2_2"]
    text = {k: v.decode() if isinstance(v, bytes) else v for k, v in one.items()}
    assert (text["form"], text["answer"], text["video_id"], text["has_answer"]) == (
        "fine",
        "anger",
        "samm_006_1_2",
        True,
    )
    assert (text["onset"], text["apex"], text["offset"], text["num_frames"]) == (0, 6, 18, 19)
    assert json.loads(text["raw"])["subject"] == "6"
    dataset = open_dataset("me_vqa", "", tmp_path, Silent())
    clip = next(v for v in dataset.videos if v.info.video_id == "samm_006_1_2")
    assert clip.info.expressions[0].emotion == "Anger"
    assert clip.frames.encoded(0, 1)[0] == (archive / "SAMM dataset/SAMM/006/006_1_2/006_05562.jpg").read_bytes()


@pytest.mark.parametrize(("second", "cropped"), [(False, False), (True, False), (False, True), (True, True)])
def test_test_rows_with_their_clips(tmp_path, second, cropped):
    me_vqa.write_test(tmp_path, second, cropped)
    variant = "_".join(part for part in ("v2" * second, "test", "cropped" * cropped) if part)
    reading = read(tmp_path, variant)
    assert [v.info.video_id for v in reading.videos] == ["casme3_CAS-1", "samm_SAMM-1", "samm_SAMM-2"]
    assert all(not v.info.has_labels and not v.info.expressions for v in reading.videos)
    assert [v.info.fps for v in reading.videos] == [30.0, 200.0, 200.0]
    asked = [q for v in reading.videos for q in v.questions]
    assert len(asked) == 15
    assert not any(q.has_answer for q in asked)
    assert [q.form for q in asked[:5]] == ["coarse", "fine", "au", "au_present", "analysis" if second else "joint"]
    other = read(tmp_path, "test" if second else "v2_test")
    assert codes(other, "fatal") == ["table-missing"]
    uncropped = read(tmp_path, variant.removesuffix("_cropped") if cropped else f"{variant}_cropped")
    assert codes(uncropped, "fatal") == ["no-videos"]


EARLY = [{**row, "answer": ""} for row in me_vqa.TRAINING]


def test_early_rows_to_answer_with_the_keys_of_training_rows_are_no_training_rows(tmp_path):
    me_vqa.samm.write(tmp_path / "SAMM")
    me_vqa.write_jsonl(tmp_path / "test.jsonl", EARLY[:4])
    assert codes(read(tmp_path), "fatal") == ["table-missing"]
    me_vqa.write_jsonl(tmp_path / "train.jsonl", me_vqa.TRAINING[:3])
    training = read(tmp_path)
    assert training.parts == (("questions", "train.jsonl"),)
    assert {c.what: c.found for c in training.counts}["rows"] == 3
    test = read(tmp_path, "test")
    assert test.parts == (("questions", "test.jsonl"),)
    assert [(v.info.video, len(v.questions)) for v in test.videos] == [("006_1_2", 3), ("007_3_1", 1)]
    assert not any(q.has_answer for v in test.videos for q in v.questions)


def test_early_and_usual_rows_to_answer_are_one_side(tmp_path):
    me_vqa.write_test(tmp_path)
    row = {**EARLY[0], "id": "samm_SAMM-1_9", "image_id": "SAMM-1", "filename": "SAMM-1"}
    me_vqa.write_jsonl(tmp_path / "early.jsonl", [row])
    asked = {v.info.video_id: len(v.questions) for v in read(tmp_path, "test").videos}
    assert asked == {"casme3_CAS-1": 5, "samm_SAMM-1": 6, "samm_SAMM-2": 5}


def test_a_file_with_the_keys_of_both_sides_is_read_once(tmp_path):
    me_vqa.samm.write(tmp_path / "SAMM")
    rows = [{**row, "video_id": row["id"], "video": row["filename"]} for row in EARLY[:4]]
    me_vqa.write_jsonl(tmp_path / "both.jsonl", rows)
    me_vqa.write_jsonl(tmp_path / "copy.jsonl", EARLY[:4])
    assert sum(len(v.questions) for v in read(tmp_path, "test").videos) == 4
    (missing,) = [f for f in read(tmp_path).findings if f.severity == "fatal"]
    assert missing.what.endswith(".jsonl files seen: both.jsonl, copy.jsonl")


def test_a_part_without_rows_is_counted_as_missing(tmp_path):
    me_vqa.samm.write(tmp_path / "SAMM")
    me_vqa.write_jsonl(tmp_path / "q.jsonl", me_vqa.TRAINING[:3])
    counts = {c.what: (c.found, c.published, c.agrees) for c in read(tmp_path).counts}
    assert counts["rows of smic"] == (0, 164, False)


def test_a_partial_archive_keeps_what_it_can(tmp_path):
    me_vqa.samm.write(tmp_path / "SAMM")
    me_vqa.write_jsonl(tmp_path / "q.jsonl", me_vqa.TRAINING)
    reading = read(tmp_path)
    assert {v.info.subject for v in reading.videos} == {"samm_006", "samm_007"}
    assert "part-missing" in codes(reading, "warning")
    assert codes(reading, "warning").count("video-missing") == 2


def test_faults_of_rows(tmp_path):
    me_vqa.samm.write(tmp_path / "SAMM")
    row = dict(me_vqa.TRAINING[0])
    lines = [
        json.dumps(row), json.dumps(row), "{broken", "[1]", json.dumps({**row, "question": ""}),
        json.dumps({**row, "id": ""}), json.dumps({**row, "id": "samm_x_1", "filename": "../../etc/passwd"}),
        json.dumps({**row, "id": "samm_x_2", "question": "Who?"}), "",
        json.dumps({**row, "id": "samm_x_3", "subject": 6}),
    ]  # fmt: skip
    (tmp_path / "q.jsonl").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    reading = read(tmp_path)
    assert len(reading.videos) == 1
    assert [q.question_id for q in reading.videos[0].questions] == ["samm_006_1_2_1", "samm_x_2", "samm_x_3"]
    found = [f.code for f in reading.findings]
    assert found.count("row-unreadable") == 4
    assert found.count("row-twice") == 1
    assert found.count("question-unknown") == 1
    assert found.count("video-missing") == 1


def test_copies_of_a_question_file_count_once(archive, tmp_path):
    me_vqa.write(tmp_path / "a")
    me_vqa.write_jsonl(tmp_path / "a/copy/me_vqa_samm_casme2_smic.jsonl", me_vqa.TRAINING)
    reading = read(tmp_path / "a")
    assert sum(len(v.questions) for v in reading.videos) == len(me_vqa.TRAINING)
    assert "file-twice" in codes(reading, "note")


def test_without_frames_nothing_can_be_built(tmp_path):
    me_vqa.write_jsonl(tmp_path / "archive/q.jsonl", me_vqa.TRAINING)
    assert "no-videos" in codes(read(tmp_path / "archive"), "fatal")
    with pytest.raises(MebenchError, match="cannot be built"):
        build_dataset("me_vqa", "", tmp_path / "data", Silent(), archive=tmp_path / "archive")


@pytest.fixture(scope="module")
def only_samm(tmp_path_factory):
    return me_vqa.samm.write(tmp_path_factory.mktemp("vqa") / "archive")


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.none()))


@settings(max_examples=share(15), deadline=None)
@given(st.permutations(me_vqa.TRAINING[:4]), st.dictionaries(st.sampled_from(list(me_vqa.TRAINING[0])), VALUES))
def test_any_row_gives_a_reading(only_samm, rows, changes):
    me_vqa.write_jsonl(only_samm / "q.jsonl", [{**rows[0], **changes}, *rows[1:]])
    reading = read(only_samm)
    kept = {q.question_id for v in reading.videos for q in v.questions}
    assert {row["id"] for row in rows[1:]} <= kept
