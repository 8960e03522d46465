"""Training that methods share: folds and seeds in one program, devices, checkpoints."""
