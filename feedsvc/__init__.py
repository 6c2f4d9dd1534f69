"""feedsvc: stories in, feeds out."""
