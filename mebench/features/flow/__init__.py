"""Optical flow: one file a method, all with one signature; `registry.flow_function` finds them by name."""
