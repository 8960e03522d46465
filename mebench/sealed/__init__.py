"""Files with a checksum, so that damage is found."""
