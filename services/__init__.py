"""The services: each meets the others through Kafka's topics only."""
