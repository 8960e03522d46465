"""The folder of features: beside the data, or elsewhere where that cannot be written; what is there is read."""

import numpy as np
import pytest
from fixtures.read_only import read_only

from mebench.errors import MebenchError
from mebench.features import cache_folder
from mebench.features.cache import FeatureCache, Layout
from mebench.features.cache_folder import FOLDER, open_cache
from mebench.progress import Silent

KEY = "ab" * 32


class Listening(Silent):
    """Progress that remembers what is said."""

    def __init__(self):
        self.said = []

    def say(self, sentence):
        self.said.append(sentence)


def put(cache):
    with cache.write(KEY, {"x": Layout((1,), "<f4")}, {}, {}) as writer:
        writer.append("x", np.ones(1, np.float32))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user's cache folder."""
    monkeypatch.setattr(cache_folder, "user_cache_path", lambda name: tmp_path / "home" / name)
    return tmp_path / "home" / "mebench" / "features"


def test_beside_the_data_and_nothing_is_said(tmp_path):
    progress = Listening()
    cache = open_cache(tmp_path / "data", None, progress)
    assert (cache.root, cache.others, progress.said) == (tmp_path / "data" / FOLDER, (), [])
    cache.say("x")
    assert progress.said == ["x"]


def test_a_folder_of_ones_own_and_what_lies_beside_the_data_is_read(tmp_path):
    put(FeatureCache(tmp_path / "data" / FOLDER))
    cache = open_cache(tmp_path / "data", tmp_path / "own", Silent())
    assert (cache.root, cache.read(KEY).facts) == (tmp_path / "own", {})


def test_the_users_cache_where_the_data_cannot_be_written(tmp_path, home):
    put(FeatureCache(tmp_path / "data" / FOLDER))
    progress = Listening()
    with read_only(tmp_path / "data"):
        cache = open_cache(tmp_path / "data", None, progress)
        assert (cache.root, cache.others) == (home, (tmp_path / "data" / FOLDER,))
        assert cache.read(KEY) is not None
    assert progress.said == [
        f"{tmp_path / 'data'} cannot be written: features go to {home} (--cache DIR chooses another folder)"
    ]


def test_nowhere_to_write_is_one_sentence(tmp_path, home):
    home.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    with read_only(tmp_path / "data"), read_only(home.parents[1]):
        with pytest.raises(MebenchError, match=r"cannot write features to .* or .*; give a folder with --cache DIR"):
            open_cache(tmp_path / "data", None, Silent())
        with pytest.raises(MebenchError, match=r"cannot write features to .*; give a folder that can be written with"):
            open_cache(tmp_path / "data", home, Silent())
