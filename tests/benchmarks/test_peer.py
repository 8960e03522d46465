"""A peer in a process of its own: it answers in turn, ends with the block, and a broken one is one sentence."""

import sys

import pytest

from mebench.benchmarks.peer import started
from mebench.errors import MebenchError

ECHO = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"twice": 2 * json.loads(line)["number"], "of": sys.argv[1]}), flush=True)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "peer.py"
    path.write_text(ECHO)
    return path


def test_it_answers_in_turn_and_ends(script):
    with started(sys.executable, script, ["me"]) as peer:
        assert [peer({"number": n}) for n in (1, 4)] == [{"twice": 2, "of": "me"}, {"twice": 8, "of": "me"}]
        process = peer._process
    assert process.poll() is not None


def test_no_interpreter_no_peer(script):
    with started(None, script, []) as peer:
        assert peer is None


def test_an_interpreter_that_is_not_there(script):
    with pytest.raises(MebenchError, match="no-such-python cannot be started"), started("no-such-python", script, []):
        pass


@pytest.mark.parametrize("ended", [False, True])
def test_a_peer_that_stopped(tmp_path, ended):
    script = tmp_path / "peer.py"
    script.write_text("")

    def ask():
        with started(sys.executable, script, []) as peer:
            if ended:
                peer._process.wait()
            peer({"number": 1})

    with pytest.raises(MebenchError, match="the peer stopped"):
        ask()
