"""4DME: long grey videos with micro- and macro-expressions, and the release of cut-out micro-expressions."""
