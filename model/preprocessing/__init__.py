"""Text to ids: clean-up, compiled vocabulary, encoder; the same code in training and in serving."""
