"""A CSV file of tweets becomes a CSV file of their labels, row by row, whatever its size."""
