"""Scores of the protocols; numpy and scipy only."""
