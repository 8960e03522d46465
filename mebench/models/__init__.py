"""Networks in flax nnx; they know nothing of datasets."""
