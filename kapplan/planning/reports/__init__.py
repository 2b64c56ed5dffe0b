"""What is told of plans beyond their dates: the day's list, planned against actual.

It uses reviews, the rules' readings and the words; it changes nothing. Begin with ``day_list``.
"""
