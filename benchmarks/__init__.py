"""How fast kapplan is, measured in one run: ``python -m benchmarks``."""
