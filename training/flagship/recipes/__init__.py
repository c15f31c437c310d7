"""One TOML file a task: what its flagship is made by."""
