"""Figures of spotting by every named rule."""
