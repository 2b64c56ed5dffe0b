"""The nouns: frozen records of what people write and what the program works out.

Model uses days and records alone, and everything else uses it. Begin with ``profile``, ``protocol`` and ``clinic``,
what people write; then ``regimen`` and ``plan``, what is made of them; ``fields`` holds what readers check.
"""
