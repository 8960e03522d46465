"""Files of `torch.save` as arrays, read without PyTorch and without running anything that they hold."""
