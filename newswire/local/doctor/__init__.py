"""`newswire doctor`: facts are asked for, and judged apart from that. Nothing is changed, nothing downloaded."""
