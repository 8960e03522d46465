"""Baselines without training: threshold, constant, oracle, and those of questions."""
