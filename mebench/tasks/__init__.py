"""From a fitted model to predictions."""
