"""What is measured side by side: newswire, and what one would build instead."""
