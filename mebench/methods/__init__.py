"""Methods, a folder each: settings, network, training, decoding."""
