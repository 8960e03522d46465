"""The process: environment, instruction set, self-check, compiling."""
