"""From features and labels to trained parameters."""
