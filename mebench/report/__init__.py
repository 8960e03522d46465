"""Pictures and pages of one run."""
