"""The demo: everything in one process, on an embedded broker and tweets of our own writing."""

DEFAULT_RATE = 75.0
"""Records a second; about one in twenty is broken on purpose."""
