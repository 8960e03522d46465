"""The unseen test set of MEGC2023 to MEGC2025: long videos without labels."""
