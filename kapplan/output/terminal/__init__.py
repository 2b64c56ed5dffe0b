"""What a terminal is and how things look on it: consoles, colours, grids, problems of files, records as a table.

It uses ``records`` and Rich. Begin with ``consoles``, the only owner of colours and widths, then ``records_table``.
"""
