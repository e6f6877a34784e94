"""What the figures are measured with. Everything runs on one machine, against a stack of its own."""
