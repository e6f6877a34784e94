"""What the services share, and the command line."""
