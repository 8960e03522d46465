"""Cards of datasets."""
