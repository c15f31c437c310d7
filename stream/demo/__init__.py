"""The demo: everything in one process, on an embedded broker and tweets of our own writing."""
