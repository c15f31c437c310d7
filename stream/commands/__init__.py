"""One file a command of ``warble``, and the options that they share."""
