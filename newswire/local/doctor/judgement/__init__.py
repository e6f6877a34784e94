"""What the facts mean: verdicts and hints. Pure."""
