"""Whether any days keep every rule: an exact search without costs, whose failures name the rules that they rest on.

It uses the problem alone. Begin with ``feasibility`` (the question and its answer), then ``labelled_propagation``
(the earliest days that bounds allow) and ``branching`` (limits as choices); ``unbound_visits`` are placed last.
"""
