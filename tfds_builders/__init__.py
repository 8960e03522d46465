"""TFDS builders of mebench: importing this package registers them, so that `tfds.data_source("synth_me/...")` works."""

from tfds_builders import synth_me

__all__ = ["synth_me"]
