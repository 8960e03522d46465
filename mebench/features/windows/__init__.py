"""MEAN's windows: flow and strain of two strips over a whole video."""
