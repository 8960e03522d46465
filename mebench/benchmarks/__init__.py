"""Ours beside a peer in the same run, on the same threads; printed by `mebench bench`."""
