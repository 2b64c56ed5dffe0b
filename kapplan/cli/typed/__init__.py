"""What people type, in one language everywhere: days, visits, scores; and the questions where something is left out.

Whatever the program prints can be typed back. What could mean two things is asked about on a terminal, and an error
that shows both elsewhere. It uses the edge, and of a plan the visits alone. Begin with ``visits`` and ``days``.
"""
