"""Any archive tree whatever gives a build or sentences: files lost, cut, emptied, linked away, huge, misnamed."""

import importlib
import shutil

import pytest
from fixtures.archives.scenes import tiny_image
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mebench.data.audit import Audit
from mebench.data.builders import build_dataset, builder_of
from mebench.data.source import read_infos
from mebench.errors import MebenchError
from mebench.progress import Silent

NAMES = [
    "samm_lv", "casme_sq", "casme3", "smic_e_long", "four_dme", "samm", "casme2", "smic", "mmew", "casme",
    "megc2025_str", "me_vqa", "me_lvqa", "megc2019_flow", "dfme",
]  # fmt: skip


def huge_png() -> bytes:
    """A small file that says it is a picture of 40,000 x 40,000 pixels."""
    from tfds_builders.archives.images import MAX_PIXELS

    png = bytearray(tiny_image(1, ".png"))
    assert MAX_PIXELS < 40_000**2
    png[16:24] = (40_000).to_bytes(4, "big") * 2
    return bytes(png)


def lose(path, draw):
    path.unlink()


def empty(path, draw):
    path.write_bytes(b"")


def cut(path, draw):
    data = path.read_bytes()
    path.write_bytes(data[: draw(st.integers(0, len(data)))])


def flip(path, draw):
    data = bytearray(path.read_bytes())
    if data:
        data[draw(st.integers(0, len(data) - 1))] ^= draw(st.integers(1, 255))
    path.write_bytes(bytes(data))


def link_away(path, draw):
    path.unlink()
    path.symlink_to(draw(st.sampled_from(["/etc/hostname", "/nowhere", "..", "."])))


def link_folder_away(path, draw):
    if path.parent.name == "archive":  # that would be another archive
        return
    shutil.rmtree(path.parent)
    path.parent.symlink_to(draw(st.sampled_from(["/etc", "/nowhere", "."])))


def blow_up(path, draw):
    path.write_bytes(huge_png())


def rename(path, draw):
    names = ["..jpg", "x..", "...", "1" * 40 + ".jpg", "ü.jpg", "-1.jpg", "a b.xlsx", "0.jpg", path.name.upper()]
    path.rename(path.with_name(draw(st.sampled_from(names))))


def into_folder(path, draw):
    path.unlink()
    path.mkdir()


def repeat(path, draw):
    shutil.copy(path, path.with_name(f"copy {path.name}"))


DAMAGES = (lose, empty, cut, flip, link_away, link_folder_away, blow_up, rename, into_folder, repeat)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One small archive of each dataset, written when it is asked for."""
    made = {}

    def write(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            made[name] = importlib.import_module(f"fixtures.archives.{name}").write(root / "archive")
        return made[name]

    return write


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_gives_a_build_or_a_sentence(whole, tmp_path_factory, name, data):
    root = tmp_path_factory.mktemp("fuzz")
    archive = root / "archive"
    shutil.copytree(whole(name), archive)
    for _ in range(data.draw(st.integers(1, 4))):
        files = sorted(path for path in archive.rglob("*") if path.is_file() and not path.is_symlink())
        if files:
            tables = [path for path in files if path.suffix.lower() in (".xlsx", ".xls", ".csv", ".jsonl")]
            chosen = data.draw(st.sampled_from(tables if tables and data.draw(st.booleans()) else files))
            data.draw(st.sampled_from(DAMAGES))(chosen, data.draw)
    audit = builder_of(name, "", "videos", root / "data").audit(archive, deep=True)
    assert isinstance(audit, Audit)
    try:
        build_dataset(name, "", root / "data", Silent(), archive=archive)
    except MebenchError as error:
        said = str(error)
    else:
        said = ""
        assert read_infos(name, "", root / "data")
    assert "\n" not in said
    assert audit.usable or said, audit.errors
    shutil.rmtree(root)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_archive_is_refused_with_a_sentence(tmp_path, name):
    (tmp_path / "archive").mkdir()
    audit = builder_of(name, "", "videos", tmp_path).audit(tmp_path / "archive")
    assert not audit.usable
    with pytest.raises(MebenchError, match=f"mebench data check {name}"):
        build_dataset(name, "", tmp_path / "data", Silent(), archive=tmp_path / "archive")


@pytest.mark.parametrize("name", NAMES)
def test_the_archive_is_only_read(whole, tmp_path, name):
    archive = tmp_path / "archive"
    shutil.copytree(whole(name), archive)
    before = {path: path.stat().st_mtime_ns for path in sorted(archive.rglob("*"))}
    builder_of(name, "", "videos", tmp_path).audit(archive)
    build_dataset(name, "", tmp_path / "data", Silent(), jobs=2, archive=archive)
    assert {path: path.stat().st_mtime_ns for path in sorted(archive.rglob("*"))} == before
