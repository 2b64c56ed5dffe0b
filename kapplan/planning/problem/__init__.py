"""The placement problem in plain numbers, and the laws that say what an answer of it is worth.

It uses the model alone, and every room that dates a course uses it. Begin with ``problem`` (the nouns), then
``limits`` (the one place that counts them), ``months`` (the one that counts calendar months), ``objective`` (the
plain reading that answers are checked by) and ``temporal_network`` (what the bounds of all rules together ask).
``scale`` packs the terms of the objective into one number for the search; it stands apart so that the reading shares
nothing with it.
"""
