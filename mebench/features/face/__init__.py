"""Faces: detection, landmarks, crops, the motion of the nose."""
