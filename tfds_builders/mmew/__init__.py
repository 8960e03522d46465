"""MMEW: short clips of micro-expressions at 90 fps."""
