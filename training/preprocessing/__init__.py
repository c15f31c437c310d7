"""The specification of the preprocessing, and what compiles it for serving."""
