"""The zip of a challenge: written from runs and tables, refused where the challenge would refuse it."""

import zipfile

import pytest

from mebench.challenges.files import CAS_VIDEOS, SAMM_VIDEOS
from mebench.challenges.submission import write_submission
from mebench.errors import MebenchError

HEADER = "subject,video,onset,offset,emotion"


def table(path, *rows, header=HEADER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


SAMM = "001,001_2,10,90,negative"
CAS = "dzw,dzw_a1,3,12,surprise"


def test_a_run_of_both_parts_gives_the_two_tables(tmp_path):
    table(tmp_path / "run" / "predictions.csv", f"{CAS},0.5", f"{SAMM},0.25", header=f"{HEADER},score")
    made = write_submission("megc2025-str", [tmp_path / "run"], tmp_path / "x.zip")
    with zipfile.ZipFile(made.path) as archive:
        assert archive.namelist() == ["samm_pred.csv", "cas_pred.csv"]
        assert archive.read("samm_pred.csv").decode() == f"{HEADER}\n{SAMM}\n"
        assert archive.read("cas_pred.csv").decode() == f"{HEADER}\n{CAS}\n"
    assert made.rows == {"samm_pred.csv": 1, "cas_pred.csv": 1}
    assert made.notes == (
        "samm_pred.csv: 9 of 10 videos have no prediction",
        "cas_pred.csv: 19 of 20 videos have no prediction",
    )


def test_two_runs_and_the_challenges_own_files_give_the_same_bytes(tmp_path):
    one, two = table(tmp_path / "a" / "predictions.csv", SAMM), table(tmp_path / "b" / "predictions.csv", CAS)
    first = write_submission("megc2025-str", [one.parent, two.parent], tmp_path / "1.zip")
    table(tmp_path / "c" / "samm_pred.csv", SAMM)
    table(tmp_path / "c" / "cas_pred.csv", CAS)
    second = write_submission("megc2025-str", [tmp_path / "c"], tmp_path / "2.zip")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_the_test_set_is_the_published_one():
    assert (len(SAMM_VIDEOS), len(CAS_VIDEOS)) == (10, 20)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((SAMM,), r"no prediction for cas_pred.csv .* name the run of that part too"),
        ((SAMM, CAS, "001,001_9,1,2,negative"), r"row 4 .*001_9.*not a video of the challenge's test set"),
        ((SAMM, CAS, "001,001_2,1,2,anger"), r"row 4 .*emotion 'anger' is no class .* negative, positive, surprise"),
        ((SAMM, CAS, "001,001_2,9,2,negative"), r"row 4 .*onset 9, offset 2 are no frames of it"),
        ((SAMM, CAS, "001,001_2,-1,2,negative"), r"row 4 .*onset -1, offset 2 are no frames of it"),
        ((SAMM, CAS, "001,001_2,1,50,negative"), r"row 4 .*offset 50 are no frames of it \(0 to 49\)"),
        ((SAMM, CAS, SAMM), r"row 4 .*the same interval twice"),
    ],
)
def test_what_the_challenge_would_refuse(tmp_path, rows, sentence):
    table(tmp_path / "run" / "predictions.csv", *(row.replace("10,90", "10,40") for row in rows))
    header = "dataset,subject,video,num_frames,fps"
    manifest = ("megc2025_str,001,001_2,50,200.0", "megc2025_str,dzw,dzw_a1,50,30.0")
    table(tmp_path / "run" / "manifest.csv", *manifest, header=header)
    with pytest.raises(MebenchError, match=sentence):
        write_submission("megc2025-str", [tmp_path / "run"], tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_wrong_names(tmp_path):
    with pytest.raises(MebenchError, match=r"unknown challenge 'megc2025-st'; did you mean 'megc2025-str'"):
        write_submission("megc2025-st", [tmp_path], tmp_path / "x.zip")
    with pytest.raises(MebenchError, match=r"give a name that ends in .zip"):
        write_submission("megc2025-str", [tmp_path], tmp_path / "x.csv")
    with pytest.raises(MebenchError, match=r"holds neither predictions.csv nor samm_pred.csv, cas_pred.csv"):
        write_submission("megc2025-str", [tmp_path], tmp_path / "x.zip")
    with pytest.raises(MebenchError, match="none: no such file or folder"):
        write_submission("megc2025-str", [tmp_path / "none"], tmp_path / "x.zip")
    with pytest.raises(MebenchError, match="has no questions"):
        write_submission("megc2025-str", [tmp_path], tmp_path / "x.zip", [tmp_path])
