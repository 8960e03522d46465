"""Experiments: what is run on what, validated and hashed."""
