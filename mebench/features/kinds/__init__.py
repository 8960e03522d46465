"""Kinds of feature that a method can name among its inputs: one file each, found by name (`mebench.plugins`)."""
