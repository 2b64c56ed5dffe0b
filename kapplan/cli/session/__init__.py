"""What all commands share: the edge of the program, how a command is made, how plans are found, shown and written.

It uses every floor below, and no command. Begin with ``environment``, the only reader of the clock, then ``options``
and ``plans``.
"""
