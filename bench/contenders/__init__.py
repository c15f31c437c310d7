"""What labels the same topic, one file each, started as a process of its own in an environment of its own."""
