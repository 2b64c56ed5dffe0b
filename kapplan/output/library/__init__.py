"""The library for people: protocols in sentences, what they rest on, and the comparison of them for one patient.

It may use lists of records, the terminal and the way courses are shown. Begin with ``protocol``; ``evidence`` lists
every statement with its source.
"""
