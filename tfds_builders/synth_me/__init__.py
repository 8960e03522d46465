"""The embedded dataset: seeded, drawn in seconds to minutes, no download, no real person."""

from tfds_builders.synth_me import synth_me_dataset_builder

__all__ = ["synth_me_dataset_builder"]
