"""kapplan.planning.review.review."""
