"""One page a study: its figures beside ours, from result files alone."""
