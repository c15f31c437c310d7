"""Each study's training runs as plain config files."""
