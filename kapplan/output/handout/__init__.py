"""Handouts for a patient and for the clinic, and letters: sheets of values, and pages that templates make of them.

It uses ``records`` and, for reasons, ``course``; a neutral sheet does not hold what it must not tell. Begin with
``patient_sheet``, then ``pages``; ``pdf`` puts them on paper.
"""
