"""Submissions of entrants: each becomes a row, or is told in one sentence why it does not."""

import contextlib
import io
import zipfile

import pytest
from fixtures import made_boards as made
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.leaderboard import uploads
from mebench.leaderboard.freeze import freeze
from mebench.leaderboard.judge import judge
from mebench.leaderboard.layout import version_of
from mebench.leaderboard.render.tables import COUNTED, tables
from mebench.leaderboard.uploads import read_upload
from mebench.tables.csv import write_manifest, write_predictions, write_truth

HEADER = "subject,video,onset,offset,emotion\n"


@pytest.fixture
def board(tmp_path):
    root = made.made_root(tmp_path)
    write_truth(tmp_path / "T.csv", made.truth())
    write_manifest(tmp_path / "M.csv", made.manifest())
    version = version_of(root, "made-str")
    freeze(version, version.table(None), tmp_path / "T.csv", tmp_path / "M.csv")
    (tmp_path / "in").mkdir()
    return root


def judged(root, truth="T.csv"):
    version = version_of(root, "made-str")
    folder = root.parent
    return list(judge(version, version.table(None), folder / "in", folder / truth, None, "2026-03-01", "The chairs"))


def table_text(seed, rows=slice(None)):
    table = made.predictions(seed, scores=False)
    columns = (table.subject, table.video, table.onset.tolist(), table.offset.tolist(), table.emotion)
    lines = list(zip(*columns, strict=True))[rows]
    return HEADER + "".join(",".join(map(str, line)) + "\n" for line in lines)


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def test_zips_and_tables_become_rows(board):
    folder = board.parent / "in"
    write_predictions(folder / "alpha.csv", made.predictions(1))
    packed(folder / "beta.zip", {"a_pred.csv": table_text(2, slice(6)), "b_pred.csv": table_text(2, slice(6, None))})
    (folder / "gamma.csv").write_text(table_text(2))
    found = judged(board)
    assert [(one.name, one.refused) for one in found] == [("alpha.csv", ""), ("beta.zip", ""), ("gamma.csv", "")]
    beta, gamma = (found[n].added.entry.figures["strict.strs"].value for n in (1, 2))
    assert beta == gamma
    (table,) = tables(board)
    assert {row.method for row in table.rows} == {"alpha", "beta", "gamma"}
    assert {row.by for row in table.rows} == {("The chairs",)}
    assert {row.notes for row in table.rows} == {(COUNTED,)}
    again = judged(board)
    assert all(one.known and not one.refused for one in again)


def test_malformed_ones_are_told_and_the_others_are_scored(board):
    folder = board.parent / "in"
    (folder / "good.csv").write_text(table_text(1))
    (folder / "video.csv").write_text(HEADER + "1,v9,1,2,negative\n")
    (folder / "column.csv").write_text("subject,video,onset,offset\n")
    (folder / "word.docx").write_text("hello")
    (folder / "broken.zip").write_text("PK no zip")
    (folder / "folder").mkdir()
    packed(folder / "out.zip", {"../../evil.csv": table_text(1)})
    packed(folder / "absolute.zip", {"/etc/evil.csv": table_text(1)})
    packed(folder / "windows.zip", {"C:\\evil.csv": table_text(1)})
    packed(folder / "readme.zip", {"p.csv": table_text(1), "readme.txt": "hi"})
    packed(folder / "empty.zip", {})
    packed(folder / "others.zip", {"a.csv": HEADER + "7,v7,1,2,negative\n", "b.csv": HEADER + "8,v8,1,2,negative\n"})
    (folder / "link.csv").symlink_to(folder / "good.csv")
    found = {one.name: one for one in judged(board)}
    assert [name for name, one in found.items() if one.added] == ["good.csv"]
    for name, sentence in {
        "video.csv": "video.csv row 2 (subject 1, video v9): not in the manifest of the rules",
        "column.csv": "column.csv row 1: column 'emotion' is missing",
        "word.docx": "word.docx is neither a zip nor a table (.csv); hand in one of them",
        "broken.zip": "broken.zip is no zip that can be read",
        "folder": "folder is no file of its own",
        "out.zip": "out.zip holds '../../evil.csv', a path out of the zip",
        "absolute.zip": "absolute.zip holds '/etc/evil.csv', a path out of the zip",
        "windows.zip": "a path out of the zip",
        "readme.zip": "readme.zip holds 'readme.txt', which is no table (.csv); leave it out",
        "empty.zip": "empty.zip holds 0 files; a submission has 1 to 50 tables",
        "others.zip": "others.zip holds no table of made-str/v1 made",
        "link.csv": "link.csv is no file of its own",
    }.items():
        assert sentence in found[name].refused, name
        assert "\n" not in found[name].refused
    assert sorted(path.name for path in board.parent.iterdir()) == ["M.csv", "T.csv", "in", "leaderboard"]


def test_tables_of_other_videos_are_left_out_and_said(board):
    packed(
        board.parent / "in/team.zip",
        {"made.csv": table_text(1), "samm.csv": HEADER + "9,v9,1,2,negative\n", "__MACOSX/._made.csv": "x"},
    )
    (one,) = judged(board)
    assert (one.refused, one.left_out) == ("", ("'__MACOSX/._made.csv'", "'samm.csv'"))


def test_another_truth_or_none(board):
    (board.parent / "in/a.csv").write_text(table_text(1))
    (board.parent / "U.csv").write_text((board.parent / "T.csv").read_text().replace("negative", "positive"))
    with pytest.raises(MebenchError, match=r"U.csv is not the truth that made-str/v1 froze"):
        judged(board, "U.csv")
    other = made.made_root(board.parent / "more")
    version = version_of(other, "made-str")
    with pytest.raises(MebenchError, match=r"made-str/v1 froze no truth of made, .* leaderboard freeze made-str"):
        list(judge(version, version.table(None), board.parent / "in", board.parent / "T.csv", None, "d"))
    (board.parent / "in/a.csv").unlink()
    with pytest.raises(MebenchError, match=r"in is empty; give the folder with the zips"):
        judged(board)


def test_an_embedded_board_needs_no_judge(tmp_path):
    version = version_of(made.embedded_root(tmp_path), "made-str")
    with pytest.raises(MebenchError, match=r"is embedded, so nobody has to judge: entrants add their results"):
        list(judge(version, version.table(None), tmp_path, tmp_path / "T.csv", None, "d"))


QUESTION = '{{"id":"samm_{n}_1","question":"What is the coarse expression class?","answer":"{said}"}}\n'
SPOTS = "video,onset,offset,type\n{video},{onset},99,micro\n"

OTHER_TASKS = {
    "vqa": ("overall.uf1_coarse", QUESTION.format(n=1, said="negative") + QUESTION.format(n=2, said="positive")),
    "spotting": ("megc2020.overall_f1", "dataset,video,onset,offset,type\ncas,v1,90,99,micro\nsamm,v2,90,99,micro\n"),
}


@pytest.mark.parametrize("task", OTHER_TASKS)
def test_zips_of_other_tasks(tmp_path, task):
    column, text = OTHER_TASKS[task]
    head = made.RULES.partition("[[columns]]")[0].replace("iou = 0.5", "")
    head = head.replace('task = "str"', f'task = "{task}"').replace("strict.strs", column)
    root = made.made_root(tmp_path, head + f'[[columns]]\nkey = "{column}"\ntitle = "t"\n')
    kind = "jsonl" if task == "vqa" else "csv"
    truth = tmp_path / f"T.{kind}"
    truth.write_text(text)
    version = version_of(root, "made-str")
    freeze(version, version.table(None), truth, None)
    (tmp_path / "in").mkdir()
    parts = {
        "vqa": [QUESTION.format(n=1, said="negative"), QUESTION.format(n=2, said="negative")],
        "spotting": [SPOTS.format(video="v1", onset=90), SPOTS.format(video="v2", onset=9)],
    }[task]
    packed(tmp_path / "in/team.zip", {f"cas_pred.{kind}": parts[0], f"samm_pred.{kind}": parts[1]})
    packed(tmp_path / "in/half.zip", {f"cas_pred.{kind}": "?" + parts[0]})
    version = version_of(root, "made-str")
    half, team = judge(version, version.table(None), tmp_path / "in", truth, None, "2026-03-01")
    assert half.refused.startswith(f"half.zip:cas_pred.{kind} row 1: ")
    assert (team.refused, len(half.refused) < 300) == ("", True)
    assert 0 < team.added.entry.figures[column].value < 1


def test_a_zip_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 10_000)
    packed(tmp_path / "bomb.zip", {"a.csv": "0" * 20_000})
    with pytest.raises(MebenchError, match=r"bomb.zip unpacks to more than 10000 bytes"):
        read_upload(tmp_path / "bomb.zip", "str")
    data = (tmp_path / "bomb.zip").read_bytes().replace((20_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    (tmp_path / "liar.zip").write_bytes(data)
    with pytest.raises(MebenchError, match=r"liar.zip"):
        read_upload(tmp_path / "liar.zip", "str")
    (tmp_path / "large.csv").write_text("0" * 20_000)
    with pytest.raises(MebenchError, match=r"large.csv has 20000 bytes, more than 10000"):
        read_upload(tmp_path / "large.csv", "str")


def test_a_link_in_a_zip(tmp_path):
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(MebenchError, match=r"a.zip holds 'a.csv', a link; pack the table itself"):
        read_upload(tmp_path / "a.zip", "str")


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", table_text(1))
    return data.getvalue()


GOOD = _zip()


@settings(max_examples=share(150), deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), noise=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_any_zip_is_read_or_refused(tmp_path_factory, place, noise, cut):
    path = tmp_path_factory.getbasetemp() / "noise.zip"
    path.write_bytes(GOOD[:place] if cut else GOOD[:place] + noise + GOOD[place + len(noise) :])
    with contextlib.suppress(MebenchError):
        read_upload(path, "str")
