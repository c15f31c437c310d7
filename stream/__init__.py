"""Kafka to Kafka: settings, messages, delivery, batching, the worker and what watches it."""
