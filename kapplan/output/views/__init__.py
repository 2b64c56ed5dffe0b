"""What each command shows beside a course: changes, proposals, reports, lists of protocols and starts.

It uses ``records``, ``terminal`` and ``course``; a module for each thing shown. Begin with ``change``.
"""
