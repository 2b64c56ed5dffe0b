"""A new plan: the regimen on the calendar as a problem, its best placement, and the plan with every visit's reasons.

It uses every room of making a course, but nothing of changing one. Begin with ``course``, then ``formulate`` (the
problem) and ``draft`` (the plan); ``coverage`` counts what insurers approved; ``reasons`` and ``total_float`` explain
it, ``starts`` and ``suggest`` compare courses.
"""
