"""The flagships: a large teacher that is too slow to stream, and the small network that learns from it."""
