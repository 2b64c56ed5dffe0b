"""Handouts as PDF: the pages on paper, laid out by WeasyPrint (extra ``pdf``); nothing is loaded from elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from kapplan.errors import UsageError
from kapplan.model.exports import Export, ExportRequest
from kapplan.model.plan import Plan
from kapplan.output.handout.pages import export as page_of


def export(plans: Sequence[Plan], asked: ExportRequest) -> Export:
    """Return the handout of one plan that is asked for as PDF: the same bytes for the same plan.

    Raises ``UsageError`` where WeasyPrint, or what it needs of the system, is not installed.
    """
    (plan,) = plans
    html = page_of(plan, asked)
    return Export(content=pdf_of(html))


def pdf_of(html: str) -> bytes:
    """Return a page as PDF."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise UsageError(
            "PDF needs the package weasyprint, and the library Pango that it draws with",
            hint='pip install ".[pdf]"; or --format html, and print that page from a browser',
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    page: Any = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    made: bytes = page.write_pdf(pdf_identifier=sha256(html.encode()).digest()[:16], pdf_tags=True)
    return made
