"""ME-LVQA: questions joined to the long test videos, and to the training sets where rows are answered."""

from fixtures.archives import me_lvqa

from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.tree import scan
from tfds_builders.me_lvqa.me_lvqa_dataset_builder import Builder, name_key


def read(root, variant=""):
    return Builder.read(scan(root), Choice(pixels=variant))


def test_rows_to_answer(tmp_path):
    reading = read(me_lvqa.write(tmp_path))
    assert [(v.info.video, len(v.questions)) for v in reading.videos] == [("dzw_a1", 6), ("001_2", 6)]
    assert [v.info.fps for v in reading.videos] == [30.0, 200.0]
    assert not any(v.info.has_labels for v in reading.videos)
    assert [q.form for q in reading.videos[0].questions] == [
        "count", "count_micro", "count_macro", "au_set", "kind_of_nth", "kind_of_nth",
    ]  # fmt: skip
    assert {c.what: (c.found, c.published) for c in reading.counts}["rows of samm"] == (6, 60)


def test_answered_rows(tmp_path):
    reading = read(me_lvqa.write_training(tmp_path), "training")
    assert [(v.info.video, [q.answer for q in v.questions]) for v in reading.videos] == [("006_1", ["1", "2", "3"])]
    assert reading.videos[0].info.has_labels
    assert [f.code for f in read(tmp_path).findings if f.severity == "fatal"] == ["table-missing"]


def test_names():
    assert name_key("samm", "1_001_2") == name_key("samm", "001_2") == ("samm", 1, 2)
    assert name_key("casme3", "11_dzw_a1") == name_key("casme3", "DZW_a1") == ("casme3", "dzw_a1")
