"""A run from its experiment to its record: the order of work, a file a task."""
