"""Unknown names are answered with the nearest allowed one."""

from mebench.errors import unknown_name


def test_near_name_is_suggested():
    got = str(unknown_name("dataset", "casmeii", ["casme2", "samm"], "mebench data list"))
    assert got == "unknown dataset 'casmeii'; did you mean 'casme2'? (mebench data list)"


def test_far_name_lists_what_is_allowed():
    assert str(unknown_name("model", "xyz", ["mean", "oracle"])) == "unknown model 'xyz' (allowed: mean, oracle)"
