"""The same builder on Apache Beam; run with the extra `beam` installed: pytest -m beam."""

import copy
import dataclasses
import hashlib
import json
import os
from pathlib import Path

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import casme_sq
from fixtures.made_videos import FRAMES, MadeVideos

import tfds_builders  # noqa: F401
from mebench.errors import MebenchError


class OneFails(MadeVideos, skip_registration=True):
    """The made dataset, whose subject s10 has a frame too few as long as a file is there."""

    name = "made_videos"

    def videos(self, dl_manager, variant, subject):
        """The videos of a subject."""
        for source in super().videos(dl_manager, variant, subject):
            short = subject == "s10" and (Path(self.data_dir).parents[2] / "broken").exists()
            yield dataclasses.replace(source, frames=lambda: iter([b"x"])) if short else source


def on_beam(builder, options=()):
    """Build on Beam's DirectRunner."""
    from apache_beam.options.pipeline_options import PipelineOptions

    config = tfds.download.DownloadConfig(beam_runner="DirectRunner", beam_options=PipelineOptions(list(options)))
    builder.download_and_prepare(download_config=config)
    return builder


def files(folder, form):
    """Return the digest of every file of a built config."""
    paths = (folder / "made_videos" / form / "1.0.0").iterdir()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


MODES = {
    "in one thread": ["--direct_num_workers=1"],
    "in threads": ["--direct_num_workers=3", "--direct_running_mode=multi_threading"],
    "in processes": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
}


@pytest.mark.beam
@pytest.mark.parametrize(
    ("form", "mode"), [*(("frames", mode) for mode in MODES), ("videos", "in one thread"), ("videos", "in threads")]
)
def test_bytes_on_beam_are_those_of_an_ordinary_build(tmp_path, monkeypatch, form, mode):
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tests, tests.parent))))  # for workers in processes
    MadeVideos(data_dir=tmp_path / "own", config=form).download_and_prepare()
    seen = []
    builder = MadeVideos(data_dir=tmp_path / "beam", config=form)
    builder.on_frames = seen.append
    on_beam(builder, MODES[mode])
    assert len(files(tmp_path / "own", form)) == 5
    assert files(tmp_path / "own", form) == files(tmp_path / "beam", form)
    assert sum(seen) == (6 * FRAMES if form == "frames" else 0)
    beside = sorted(path.name for path in (tmp_path / "beam" / "made_videos" / form).iterdir())
    assert beside == [".build.lock", "1.0.0"]


@pytest.mark.beam
def test_a_subject_that_fails_on_beam_is_told_and_the_others_stay(tmp_path):
    (tmp_path / "broken").touch()
    with pytest.raises(MebenchError, match=r"^made_videos: video s10_0 .* has 1 frames, not the 150 .* its table$"):
        on_beam(OneFails(data_dir=tmp_path, config="frames"))
    staging = tmp_path / "made_videos" / "frames" / ".staging"
    kept = [json.loads(path.read_text())["elements"] for path in staging.glob("*.json")]
    assert kept in ([4], [4, 4])
    assert not list(staging.glob("*.part"))
    (tmp_path / "broken").unlink()
    on_beam(OneFails(data_dir=tmp_path, config="frames"))
    MadeVideos(data_dir=tmp_path / "own", config="frames").download_and_prepare()
    shards = {name: digest for name, digest in files(tmp_path, "frames").items() if "array_record" in name}
    assert shards.items() <= files(tmp_path / "own", "frames").items()
    assert not staging.exists()


@pytest.mark.parametrize("form", ["frames", "videos"])
def test_a_builder_can_be_sent_to_another_process(tmp_path, form):
    copied = copy.deepcopy(MadeVideos(data_dir=tmp_path, config=form))  # by the state that Beam sends
    copied.download_and_prepare()
    assert copied.builder_config.form == form
    assert len(copied.as_data_source("full")) == (12 if form == "frames" else 6)


@pytest.mark.beam
@pytest.mark.parametrize("mode", MODES)
def test_an_archive_on_beam_gives_the_same_bytes(tmp_path, monkeypatch, mode):
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tests, tests.parent))))
    archive = casme_sq.write(tmp_path / "archive")
    found = []
    for place, options in (("own", {}), ("beam", {"beam_runner": "DirectRunner"})):
        if options:
            from apache_beam.options.pipeline_options import PipelineOptions

            options["beam_options"] = PipelineOptions(MODES[mode])
        builder = tfds.builder("casme_sq/frames", data_dir=tmp_path / place)
        config = tfds.download.DownloadConfig(manual_dir=archive, **options)
        builder.download_and_prepare(download_config=config)
        folder = Path(builder.data_dir)
        found.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()})
    assert len(found[0]) > 3
    assert found[0] == found[1]
