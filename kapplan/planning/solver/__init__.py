"""The exact search for the best placement of a problem: every term of the objective, in its order, ties included.

It uses the problem and, where the search grows wide, the question whether anything fits at all. Begin with ``optimum``.
"""
