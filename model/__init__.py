"""Text to label: preprocessing, networks as plain config, the bundle on disk, the engines, the classifier."""
