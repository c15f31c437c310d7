"""The commands of `warble-train`, one a file."""
