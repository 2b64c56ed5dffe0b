"""What remains of a course after what has happened: which visits lie behind, and the rules as they bind the others.

It uses the regimen, the calendars' zones and the words; it knows nothing of days that are open, nor of what is best.
Begin with ``happened``, then ``remaining``; ``overdue_rules`` widens what history makes impossible, and ``arrivals``
does the same work for a patient whose first visits were held before there was a plan.
"""
