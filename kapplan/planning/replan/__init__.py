"""A plan dated anew after something happened or was asked for, with the least change that keeps every rule.

It uses all that makes a new plan, what remains of the course, and the journal. Begin with ``replan``: ``request``
are its nouns, ``residual_problem`` sets the problem up, ``outcome`` makes a plan of the answer, ``refusals`` and
``alternatives`` speak where a wish cannot be, ``refresh`` takes changed files in.
"""
