"""The command line: a file a command; the only room that talks to the terminal."""
