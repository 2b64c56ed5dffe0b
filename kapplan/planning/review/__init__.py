"""What the rules propose in mid-course: gates decided by scores, lapses, safety; and taking a proposal or not.

It uses the rules, amendments and the regimen; nothing of it happens until somebody accepts. Begin with ``review``,
which gathers the proposals of ``gates``, ``missed_doses``, ``rule_proposals`` and ``safety``; ``accept`` carries one
out.
"""
