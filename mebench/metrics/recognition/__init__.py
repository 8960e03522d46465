"""Figures of recognition: UF1, UAR, accuracy."""
