"""What goes over the topics: tweets in, results and dead letters out."""
