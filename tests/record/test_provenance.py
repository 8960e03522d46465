"""Code and packages are known by their content."""

import subprocess

import pytest

from mebench.record import provenance


@pytest.mark.smoke
def test_this_code_has_a_hash_and_a_version():
    code = provenance.code()
    assert len(str(code["source_sha256"])) == 64
    assert (code["commit"] is None) == (code["commit_reason"] is not None)


def test_source_hash_sees_a_changed_byte_and_not_the_place(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "mebench").mkdir(parents=True)
        (tmp_path / name / "mebench" / "a.py").write_text("x = 1\n")
    same = provenance.source_hash(tmp_path / "one")
    assert same == provenance.source_hash(tmp_path / "two")
    (tmp_path / "two" / "mebench" / "a.py").write_text("x = 2\n")
    assert same != provenance.source_hash(tmp_path / "two")


def test_git_answers_only_at_the_top_of_a_checkout(tmp_path):
    assert provenance._git(tmp_path, "rev-parse", "HEAD") is None
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert provenance._git(tmp_path, "status", "--porcelain") == ""


def test_packages_hash_is_stable():
    assert provenance.packages_hash() == provenance.packages_hash()
