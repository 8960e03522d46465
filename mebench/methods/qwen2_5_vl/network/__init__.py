"""Qwen2.5-VL in Flax: the network and the files of its checkpoints."""
