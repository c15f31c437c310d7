"""Sending a file of tweets to the input topic, at a given pace and with an honest count."""
