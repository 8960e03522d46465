"""Data files that mebench ships, each with its licence, and the scripts that extract them again."""
