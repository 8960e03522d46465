"""Tables as CSV: what is read, what is refused and how it is said, and that writing and reading agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.tables.csv import (
    IntervalTable,
    Manifest,
    pool,
    read_manifest,
    read_predictions,
    read_truth,
    write_manifest,
    write_predictions,
    write_truth,
)

HEADER = b"subject,video,onset,offset,emotion"


def put(folder, data):
    path = folder / "t.csv"
    path.write_bytes(data)
    return path


@pytest.mark.smoke
def test_reads_any_column_order_spaces_bom_and_line_ends(tmp_path):
    header = b"\xef\xbb\xbfvideo, subject,onset,offset,emotion,score\r\n"
    data = header + b' a ,006, -3,9,positive,1e-3\r\n\r\n"b,c",1.0,1,+2,x,2\r\n'
    table = read_predictions(put(tmp_path, data))
    assert table.keys == (("006", "a"), ("1.0", "b,c"))
    assert (table.onset.tolist(), table.offset.tolist(), table.score.tolist()) == ([-3, 1], [9, 2], [0.001, 2.0])
    assert table.apex is None
    assert table.lines == (2, 4)
    assert table.where(1).endswith("t.csv row 4 (subject 1.0, video b,c)")


def test_header_alone_is_a_table_without_rows(tmp_path):
    assert len(read_predictions(put(tmp_path, HEADER + b",score\n"))) == 0


def test_truth_may_have_an_apex_and_no_score(tmp_path):
    table = read_truth(put(tmp_path, HEADER + b",apex\n1,a,0,9,x,4\n1,a,0,9,x,\n"))
    assert table.apex.tolist() == [4, -1]
    with pytest.raises(MebenchError, match="unknown column 'score'"):
        read_truth(put(tmp_path, HEADER + b",score\n"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", r"is empty; its first line must be subject,video,onset,offset,emotion$"),
     (b"\n \n", "is empty"),
     (HEADER + b",scores\n", r"row 1: unknown column 'scores'; did you mean 'score'\? \(allowed: .* and score,apex\)"),
     (b"subject,video,onset,emotion\n", "row 1: column 'offset' is missing"),
     (b"subject|video|onset|offset|emotion\n", r"row 1: unknown column 'subject\|video"),
     (HEADER + b",onset\n", "row 1: column 'onset' is there twice"),
     (HEADER + b"\n1,a,0,9,x\n1,a,0.5,9,x\n", r"row 3: onset '0.5' is not a whole number of frames"),
     (HEADER + b"\n1,a,,9,x\n", r"row 2: onset '' is not a whole"),
     (HEADER + b"\n1,a,0,99999999999,x\n", r"row 2 .*offset 99999999999 is no frame number"),
     (HEADER + b"\n1,a,0,9\n", "row 2: 4 cells, but the header has 5"),
     (HEADER + b"\n1,a,0,9,x,\n", "row 2: 6 cells, but the header has 5"),
     (HEADER + b"\n1,a,0,9,\n", "row 2 .*emotion is empty"),
     (HEADER + b"\n,a,0,9,x\n", "row 2 .*subject is empty"),
     (HEADER + b",score\n1,a,0,9,x,nan\n", "row 2: score 'nan' is not a finite number"),
     (HEADER + b",score\n1,a,0,9,x,high\n", "row 2: score 'high' is not a finite number"),
     (HEADER + b"\n1,a,0,9,x\n1,a,0,9,\xff\n", "row 3: not UTF-8"),
     (HEADER + b'\n1,"a,0,9,x\n', "row 2: unexpected end of data")],
)  # fmt: skip
def test_what_is_refused_is_one_sentence_with_its_row(tmp_path, data, sentence):
    with pytest.raises(MebenchError, match=sentence):
        read_predictions(put(tmp_path, data))


def test_no_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(MebenchError, match="cannot read"):
            read_predictions(path)


def test_manifest(tmp_path):
    manifest = Manifest.of(["d", "d"], [1, 2], ["a", "a"], [100, 7], [30, 29.97], source="M")
    write_manifest(tmp_path / "m.csv", manifest)
    text = (tmp_path / "m.csv").read_text()
    assert text == "dataset,subject,video,num_frames,fps\nd,1,a,100,30.0\nd,2,a,7,29.97\n"
    again = read_manifest(tmp_path / "m.csv")
    assert (again.keys, again.num_frames.tolist(), again.fps.tolist()) == (manifest.keys, [100, 7], [30.0, 29.97])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [("", "lists no video"),
     ("d,1,a,5,30\nd,1,a,5,30\n", r"row 3 \(subject 1, video a\): listed twice"),
     ("d,1,a,0,30\n", "row 2 .*must both be above 0"),
     ("d,1,a,9,-1\n", "row 2 .*must both be above 0"),
     ("d,1,a,9,inf\n", "row 2: fps 'inf' is not a finite number"),
     (",1,a,9,30\n", "row 2 .*dataset is empty")],
)  # fmt: skip
def test_manifests_that_are_refused(tmp_path, rows, sentence):
    with pytest.raises(MebenchError, match=sentence):
        read_manifest(put(tmp_path, ("dataset,subject,video,num_frames,fps\n" + rows).encode()))


names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=6)
frames = st.integers(-1000, 1000)


@given(st.lists(st.tuples(names, names, frames, frames, names, st.floats(-1e9, 1e9), st.integers(-1, 99)), max_size=5))
def test_what_is_written_reads_back(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    table = IntervalTable.of(*([row[i] for row in rows] for i in range(7)))
    write_predictions(path, table)
    first = path.read_bytes()
    again = read_predictions(path)
    assert (again.keys, again.emotion) == (table.keys, table.emotion)
    for name in ("onset", "offset", "score", "apex"):
        assert np.array_equal(getattr(again, name), getattr(table, name))
    write_predictions(path, again)
    assert path.read_bytes() == first
    write_truth(path, again)
    assert read_truth(path).score is None


def test_numbers_become_text_and_pooling_keeps_what_all_have():
    one = IntervalTable.of([1], ["a "], [0], [9], ["x"], score=[0.5], apex=[3])
    two = IntervalTable.of(["1"], ["b"], np.array([1], np.int32), [2], ["y"], score=[0.25])
    both = pool([one, two])
    assert both.keys == (("1", "a"), ("1", "b"))
    assert (both.score.tolist(), both.apex, both.offset.tolist()) == ([0.5, 0.25], None, [9, 2])
    assert len(pool([])) == 0


def test_tables_made_wrong():
    with pytest.raises(MebenchError, match="differ in length"):
        IntervalTable.of(["1"], ["a", "b"], [0], [9], ["x"])
    with pytest.raises(MebenchError, match="whole numbers"):
        IntervalTable.of(["1"], ["a"], np.array([0.5]), [9], ["x"])
    with pytest.raises(MebenchError, match="not finite"):
        IntervalTable.of(["1"], ["a"], [0], [9], ["x"], score=[float("inf")])


def test_headers_that_entrants_have(tmp_path):
    rows = read_predictions(written(tmp_path, b"\xef\xbb\xbfSubject; VID ;pred_onset;Pred_Offset;emotion\n1;a;0;9;x\n"))
    assert (rows.subject, rows.video, rows.onset.tolist(), rows.offset.tolist()) == (("1",), ("a",), [0], [9])
    rows = read_predictions(written(tmp_path, b"subject\tvideo\tonset\toffset\temotion\n1\ta\t0\t9\tx\n"))
    assert rows.emotion == ("x",)


def written(tmp_path, data):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    return path
