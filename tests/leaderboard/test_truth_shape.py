"""A table of a licensed dataset takes only a truth that fits it: dataset, people, videos, expressions, names."""

from pathlib import Path

import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.add_predictions import add_predictions
from mebench.leaderboard.edition import begin_edition
from mebench.leaderboard.entry import Method
from mebench.leaderboard.freeze import freeze
from mebench.leaderboard.layout import version_of, versions
from mebench.leaderboard.rules import read_rules, rules_hash
from mebench.leaderboard.scored_predictions import Files
from mebench.leaderboard.truth_shape import refuse_other_shape
from mebench.leaderboard.verify import verify
from mebench.tables.csv import write_manifest, write_predictions, write_truth
from mebench.tables.intervals import IntervalTable, Manifest

ROOT = Path(__file__).parents[2] / "leaderboard"

SHAPE = """{ dataset = "made", subjects = 4, units = 4, rows = 12, names = '\\d/v\\d', example = "1/v1" }"""
PLACE = f'fingerprint = "{made.FINGERPRINT}" }}]'


def shaped(folder, shape=SHAPE):
    return made.made_root(folder, made.RULES.replace(PLACE, f"{PLACE}\nshape = [{shape}]"))


def add(root, folder, truth=None, manifest=None):
    write_predictions(folder / "p.csv", made.predictions(1) if truth is None else truth)
    write_truth(folder / "t.csv", made.truth() if truth is None else truth)
    write_manifest(folder / "m.csv", manifest or made.manifest())
    version = version_of(root, "made-str")
    files = Files(folder / "p.csv", folder / "t.csv", folder / "m.csv")
    return add_predictions(version, version.table(None), Method(name="Mine"), files, None, "2026-01-02")


def rows(count, subjects=4, letter="v"):
    """As many micro-expressions, in a video a subject."""
    people = [str(n % subjects + 1) for n in range(count)]
    videos = [f"{letter}{one}" for one in people]
    table = IntervalTable.of(
        people, videos, [100 * n for n in range(count)], [100 * n + 20 for n in range(count)], ["negative"] * count
    )
    names = sorted(set(zip(people, videos, strict=True)))
    size = len(names)
    manifest = Manifest.of(["made"] * size, [s for s, _ in names], [v for _, v in names], [5000] * size, [30.0] * size)
    return table, manifest


def test_the_truth_of_the_table_is_taken(tmp_path):
    assert add(shaped(tmp_path), tmp_path).entry.figures["strict.strs"].value is not None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            rows(1, 1),
            r"made has 4 subjects, but the truth has 1; the table made takes the truth of made alone, and all",
        ),
        (rows(11), r"made has 12 micro-expressions, but the truth has 11; the table made"),
        (rows(13), r"made has 12 micro-expressions, but the truth has 13; the table made"),
        (rows(12, letter="clip"), r"1/clip1 is no name of made, as 1/v1 is; the table made takes"),
    ],
)
def test_another_truth_is_refused_by_what_differs(tmp_path, given, sentence):
    root = shaped(tmp_path)
    with pytest.raises(MebenchError, match=sentence):
        add(root, tmp_path, *given)
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["rules.toml"]


def test_videos_are_counted_apart_from_people(tmp_path):
    root = shaped(tmp_path, SHAPE.replace("units = 4", "units = 5"))
    with pytest.raises(MebenchError, match=r"made has 5 videos, but the truth has 4"):
        add(root, tmp_path)


def test_a_record_that_was_put_there_by_hand_is_found_by_verify(tmp_path):
    root = made.made_root(tmp_path)
    add(root, tmp_path, *rows(11))
    assert not [fault for fault in verify(root).faults if "micro-expressions" in fault.text]
    (root / "made-str/v1/shape.toml").write_text(f"[tables]\nmade = [{SHAPE}]\n")
    assert [fault for fault in verify(root).faults if "has 12 micro-expressions" in fault.text]


def test_a_table_that_says_nothing_of_its_truth_takes_none(tmp_path):
    rules = made.RULES.replace('datasets = [{ name = "made", variant = "", ' + PLACE, "")
    assert rules != made.RULES
    with pytest.raises(MebenchError, match=r"made-str/v1 says of the table made neither a dataset nor the shape"):
        add(made.made_root(tmp_path, rules), tmp_path)


def test_a_manifest_of_another_set_than_the_shape_says(tmp_path):
    rules = made.RULES.replace('datasets = [{ name = "made", variant = "", ' + PLACE, f"shape = [{SHAPE}]")
    root = made.made_root(tmp_path, rules)
    other = Manifest.of(["synth_me"], ["1"], ["v1"], [1000], [30.0])
    with pytest.raises(MebenchError, match=r"m.csv lists videos of synth_me, but the table made is of made"):
        add(root, tmp_path, None, other)


@pytest.mark.parametrize("named", ["smic_e_long", "smic_e_long-vis"])
def test_a_variant_is_found_by_what_manifests_call_it(named):
    rules = version_of(ROOT, "str-loso", 1).rules
    (table,) = [table for table in rules.tables if table.name == "smic-e-vis"]
    subjects = [
        {
            "dataset": named,
            "subject": f"s{n + 1:02d}",
            "videos": [{"video": f"s{n + 1:02d}_ne_{k:02d}", "tp": 1, "fn": 0} for k in range(9 if n < 7 else 8)],
        }
        for n in range(8)
    ]
    refuse_other_shape(rules, table, {"strict": {"subjects": subjects}})
    with pytest.raises(MebenchError, match=r"smic_e_long/vis has 8 subjects, but the truth has 7"):
        refuse_other_shape(rules, table, {"strict": {"subjects": subjects[:7]}})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tables]\nother = []\n", r"shape.toml: other is no table without a shape"),
        (f"[tables]\nmade = [{SHAPE}]\n", r"shape.toml: made is no table without a shape"),
        ("tables = 1\n", r"shape.toml holds no shapes"),
        ("[tables", r"shape.toml holds no shapes"),
        ("[tables]\nmade = [{ dataset = 'made', names = '(' }]\n", r"shape.toml holds no shapes: .*regular expression"),
    ],
)
def test_shapes_beside_rules_that_are_none(tmp_path, text, sentence):
    folder = shaped(tmp_path) / "made-str/v1"
    (folder / "shape.toml").write_text(text)
    with pytest.raises(MebenchError, match=sentence):
        read_rules(folder)


def test_shapes_beside_rules_change_no_hash_and_go_into_the_next_version(tmp_path):
    root = made.made_root(tmp_path)
    before = rules_hash(root / "made-str/v1")
    (root / "made-str/v1/shape.toml").write_text(f"[tables]\nmade = [{SHAPE}]\n")
    assert rules_hash(root / "made-str/v1") == before
    known = version_of(root, "made-str", 1).rules.tables[0].shape
    assert (known[0].subjects, known[0].units, known[0].rows) == (4, 4, 12)
    assert begin_edition(root, "made-str", "made-str").rules.tables[0].shape == known
    assert begin_edition(root, "other-str", "made-str").rules.tables[0].shape == ()


def test_a_truth_of_another_shape_is_not_frozen(tmp_path):
    root, (table, manifest) = shaped(tmp_path), rows(11)
    write_truth(tmp_path / "t.csv", table)
    write_manifest(tmp_path / "m.csv", manifest)
    version = version_of(root, "made-str")
    with pytest.raises(MebenchError, match=r"made has 12 micro-expressions, but the truth has 11"):
        freeze(version, version.table(None), tmp_path / "t.csv", tmp_path / "m.csv")


@pytest.mark.parametrize("version", versions(ROOT), ids=lambda one: one.title)
def test_every_table_of_ours_says_what_its_truth_is(version):
    if version.rules.truth != "embedded":
        assert all(table.shape or table.datasets for table in version.rules.tables)


def people(counts):
    return [
        {"dataset": name, "subject": f"{first}{n:0{width}d}", "confusion": [[0] * 4, [0] * 4, [samples, 0, 0, 0]]}
        for name, first, width, number, samples in counts
        for n, samples in enumerate([samples] + [0] * (number - 1))
    ]


WHOLE = [("samm", "", 3, 28, 133), ("casme2", "", 2, 24, 145), ("smic", "s", 2, 16, 164)]


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (WHOLE, ""),
        (WHOLE[:2], r"smic has 16 subjects, but the truth has 0"),
        ([*WHOLE[:2], ("smic", "s", 2, 16, 163)], r"smic has 164 samples, but the truth has 163"),
        ([*WHOLE, ("casme", "", 2, 1, 1)], r"the table composite is of samm, casme2, smic, but the truth has casme/00"),
        ([*WHOLE[:2], ("smic", "p", 2, 16, 164)], r"p00 is no name of smic, as s01 is"),
    ],
)
def test_three_datasets_are_counted_one_by_one(counts, sentence):
    """MEGC2019: 442 clips; a composite of 445 or of two datasets is another one."""
    rules = version_of(ROOT, "recognition-megc2019", 1).rules
    document = {"task": "recognition", "subjects": people(counts)}
    if not sentence:
        return refuse_other_shape(rules, rules.tables[0], document)
    with pytest.raises(MebenchError, match=sentence):
        refuse_other_shape(rules, rules.tables[0], document)


def asked(samm, cas, rows=5):
    clips = [
        {"dataset": name, "clip": f"{name}/{n}", "rows": rows}
        for name, size in (("samm", samm), ("cas", cas))
        for n in range(size)
    ]
    return {"task": "vqa", "clips": clips}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (asked(7, 17), ""),
        (asked(7, 0), r"cas has 17 clips, but the truth has 0"),
        (asked(7, 17, 4), r"samm has 35 questions, but the truth has 28"),
    ],
)
def test_questions_of_a_challenge(document, sentence):
    rules = version_of(ROOT, "megc2025-vqa", 1).rules
    if not sentence:
        return refuse_other_shape(rules, rules.tables[0], document)
    with pytest.raises(MebenchError, match=sentence):
        refuse_other_shape(rules, rules.tables[0], document)


def test_long_videos_and_spotting_are_counted_too():
    rules = version_of(ROOT, "megc2026-lvqa", 1).rules
    video = {"dataset": "samm", "clip": "samm/1", "sums": [6, 0]}
    with pytest.raises(MebenchError, match=r"samm has 10 long videos, but the truth has 1"):
        refuse_other_shape(rules, rules.tables[0], {"sums": ["rows", "failures"], "videos": [video]})
    rules = version_of(ROOT, "spotting", 1).rules
    video = {"dataset": "", "subject": "", "video": "s15_0101", "megc2020": [[1, 0, 0], [0, 0, 1]]}
    with pytest.raises(MebenchError, match=r"casme_sq has 97 videos, but the truth has 1"):
        refuse_other_shape(rules, rules.tables[0], {"counted": {"megc2020": ["macro", "micro"]}, "videos": [video]})


def test_more_expressions_than_were_published(tmp_path):
    """Where rules hold no shape, the card of a dataset is asked: SAMM-LV has 159 micro-expressions."""
    root = made.made_root(tmp_path, made.RULES.replace('name = "made", v', 'name = "samm_lv", v'))
    table, manifest = rows(160)
    renamed = Manifest.of(["samm_lv"] * 4, manifest.subject, manifest.video, [20000] * 4, [200.0] * 4)
    with pytest.raises(MebenchError, match=r"samm_lv has 159 expressions, but the result is of 160"):
        add(root, tmp_path, table, renamed)
