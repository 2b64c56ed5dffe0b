"""Commands over many files: on all processors, in order, what fails told and the others done.

It uses ``session``, ``casework`` and no command. Begin with ``many``, then ``plan_many``; ``engine`` knows executors
and nothing else.
"""
