"""CASME: short clips at 60 fps, each a micro-expression."""
