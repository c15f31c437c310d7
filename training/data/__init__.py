"""The labelled data sets, one reader a file, and how they are split."""
