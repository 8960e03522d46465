"""Tools of the builders of licensed archives: finding parts, reading tables, repairing rows, auditing."""
