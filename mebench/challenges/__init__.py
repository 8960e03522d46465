"""Files that a challenge takes."""
