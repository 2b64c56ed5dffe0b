"""What people decide or record of a plan, before it is dated anew: visits held and lost, added, replaced, extended.

It uses the regimen, what remains of it, and the rules' readings of scores; it never looks for days. Begin with
``record`` (done, missed, cancelled), then ``replacements``; ``add_visit``, ``extend`` and ``overrides`` change the
regimen.
"""
