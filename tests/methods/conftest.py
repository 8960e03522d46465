"""A small set of windows that can be learnt, and two folds of it."""

from small_windows import config, samples, windows

__all__ = ["config", "samples", "windows"]
