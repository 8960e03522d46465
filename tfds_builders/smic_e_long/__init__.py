"""SMIC-E: the extended clips of SMIC, in which micro-expressions are to be spotted."""
