"""The files that people write: profiles, clinics and protocols, and what they may not say although every key is right.

It uses ``toml``, and ``library`` for where the built-in protocols lie; it knows nothing of plans. Begin with
``readers``, then ``protocols`` for how one extends another; the ``_checks`` hold what no type can say.
"""
