"""A randomised search over what a preset declares, each trial cross-validated."""
