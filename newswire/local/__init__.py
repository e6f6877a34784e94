"""The embedded stack: a real Apache Kafka and a real Redis as child processes, and the services beside them."""
