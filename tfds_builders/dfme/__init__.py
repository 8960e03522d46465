"""DFME: short clips at 200, 300 and 500 fps, each a micro-expression."""
