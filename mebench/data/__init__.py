"""What the builders give, as the rest of mebench reads it."""
