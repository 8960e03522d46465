"""The embedded answerer: a small network for questions about clips."""
