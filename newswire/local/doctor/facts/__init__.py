"""What is asked: each question ends within seconds, and its answer is frozen."""
