"""mebench: benchmark suite for facial micro-expression analysis in JAX and Flax."""

__version__ = "0.1.0"
