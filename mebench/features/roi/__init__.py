"""Motion of named regions of the face: cumulative over windows (18 values), or from frame to frame (12 points)."""
