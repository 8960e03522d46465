"""Flow pictures of MEGC2019's composite: onset to apex, one of 28x28 pixels a clip."""
