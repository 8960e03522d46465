"""Qwen2.5-VL as an answerer, zero-shot or tuned."""
