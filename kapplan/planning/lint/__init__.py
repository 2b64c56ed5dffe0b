"""What is wrong with a protocol before there is any patient: rules that cannot hold together, ways nobody goes.

It uses all that makes a course (regimen, problem, clashes, schedule), for a bare patient. Begin with ``lint``;
``contradictions``, ``reachability`` and ``weekdays`` each find one kind, ``context`` says where in the file it stands.
"""
