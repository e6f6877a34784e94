"""HTTP -> Kafka articles.raw: takes stories in, checks them, and answers once Kafka holds them."""
