"""CASME II: short clips at 200 fps, each a micro-expression."""
