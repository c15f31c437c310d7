"""Model cards: what a bundle is, how good it is, and what it is not."""
