"""The builder of synth_me: registered, deterministic, without TensorFlow."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow_datasets as tfds

import tfds_builders  # noqa: F401  (registers the builders)
from tfds_builders.synth_me.settings import VARIANTS
from tfds_builders.synth_me.synth_me_dataset_builder import Builder, identity_seed, video_info

WITHOUT_TENSORFLOW = """
import sys
import tensorflow_datasets as tfds, tfds_builders
print(tfds.data_source("synth_me/tiny_videos", data_dir=sys.argv[1])["full"][0]["video_id"].decode())
assert "tensorflow" not in sys.modules
"""


def build(folder, config):
    return tfds.data_source(f"synth_me/{config}", data_dir=folder)["full"]


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).rglob("*.array_record*")}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    return folders, [build(folder, "tiny_frames") for folder in folders]


def test_two_builds_give_the_same_shards(built):
    folders, _ = built
    first, second = map(hashes, folders)
    assert first == second
    assert len(first) == VARIANTS["tiny"].subjects


def test_segments_hold_every_frame(built):
    _, (source, _) = built
    segments = list(source)
    assert [(s["video_id"].decode(), int(s["start"]), len(s["frames"])) for s in segments] == [
        (f"s{i:02d}_{k}", start, length) for i in (1, 2, 3) for k in (1, 2) for start, length in ((0, 128), (128, 22))
    ]
    assert segments[0]["frames"][0].shape == (256, 256, 3)


def test_annotations_are_those_of_the_schedule(tmp_path):
    for element in build(tmp_path, "tiny_videos"):
        subject, video = (int(part) - 1 for part in element["video_id"].decode()[1:].split("_"))
        info = video_info(VARIANTS["tiny"], subject, video)
        assert element["num_frames"] == info.num_frames == 150
        assert list(element["expressions"]["onset"]) == [e.onset for e in info.expressions]
        assert [e.decode() for e in element["expressions"]["aus"]] == ["+".join(e.aus) for e in info.expressions]


def test_it_needs_no_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "s01_1\n"), done.stderr


def test_every_variant_has_its_configs():
    names = {config.name for config in Builder.BUILDER_CONFIGS}
    expected = {f"{variant}_{form}" for variant in VARIANTS for form in ("videos", "frames", "clips")}
    assert names == expected - {"clips_v2_frames"}  # the frames of `clips`


def test_variants_with_one_seed_share_identities_and_no_other():
    seeds = {name: {identity_seed(v, i) for i in range(v.subjects)} for name, v in VARIANTS.items()}
    assert seeds["200fps"] == seeds["quick"]
    assert not seeds["quick"] & (seeds["tiny"] | seeds["full"] | seeds["long"])
