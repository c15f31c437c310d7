"""One file a command of ``warble``."""
