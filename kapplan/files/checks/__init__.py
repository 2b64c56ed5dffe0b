"""What ``kapplan check`` says of files of any kind, and the JSON Schemas of the formats.

It uses ``documents``, ``plans`` and ``library``, and planning's lint for protocols that no course can keep. Begin
with ``file_checks``.
"""
