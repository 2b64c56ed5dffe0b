"""Lists of records and the text formats of them: plain, CSV, JSON, Markdown; the words and numbers that views share.

It uses nothing else of ``output``. Begin with ``records``, then ``visits`` for a plan's; ``words`` says times and
states, ``numbers`` counts what a plan holds.
"""
