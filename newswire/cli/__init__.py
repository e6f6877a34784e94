"""The command line: one file a command, thin: it parses, calls, prints."""
