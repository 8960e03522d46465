"""CAS(ME)^3: long videos with depth (part A) and a mock crime (part C)."""
