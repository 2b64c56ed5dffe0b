"""Screening, tailoring and scoring: rules as data, read over the facts of a profile and a protocol.

It uses the regimen's series and the words; it decides nothing about dates. Begin with ``facts`` (what can be
asked), ``conditions`` (how), ``screening`` (who is refused or warned) and ``tailoring`` with its ``effects`` (what
changes).
"""
