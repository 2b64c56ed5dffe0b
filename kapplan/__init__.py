"""Treatment courses of ketamine-assisted psychotherapy, as dates."""

__version__ = "0.1.0"
