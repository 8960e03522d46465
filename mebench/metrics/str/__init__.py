"""Figures of spot-then-recognise: official and strict."""
