"""One patient's case at the edge: read, screened, planned, changed, and shown with what stands.

It uses ``session`` and no command. Begin with ``case``, which reads what a course is made from, then ``course`` and
``change``, which makes every change of a plan the same way; ``ways_out`` says what to type where there is none.
"""
