"""Documents for programs: a plan and a placement problem as JSON, a plan as a FHIR bundle.

It uses ``records``; each schema is a promise, and only grows. Begin with ``plan_json``.
"""
