"""Records, run folders, and where their code comes from."""
