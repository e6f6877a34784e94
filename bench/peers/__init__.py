"""What one would build instead: the same way from push to stream, without Kafka. Plain, and by the book."""
