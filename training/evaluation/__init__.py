"""How good something is that labels tweets, measured so that the figure can be believed."""
