"""Training that methods share: folds in one program, checkpoints."""
