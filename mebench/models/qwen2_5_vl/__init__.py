"""Qwen2.5-VL in Flax nnx: what goes in (numpy), the network, and its fine-tuning (spec of Qwen2.5-VL)."""
