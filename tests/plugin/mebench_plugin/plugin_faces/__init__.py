"""A dataset of drawn faces that smile, frown and are surprised."""
