"""Kafka articles.raw -> Kafka articles.enriched: adds a summary, a language, reading figures and tags to each story."""
