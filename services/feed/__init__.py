"""Kafka articles.enriched -> Redis -> HTTP: the projector that writes the view, and the feed that serves it."""
