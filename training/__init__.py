"""Data sets, presets, fitting and evaluation: everything that ends in a bundle."""
