"""Watching the labelled results go by."""
