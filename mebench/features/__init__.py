"""From frames to what a model takes in."""
