"""What the builders of licensed archives share: finding parts, reading tables, repairing rows, auditing."""
