"""Networks as plain config: what layers there are, which weights they need, and how to build them."""
