"""CAS(ME)^2: long videos at 30 fps with macro- and micro-expressions."""
