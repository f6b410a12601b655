"""The pages of several documents, set where it costs least."""

from collections.abc import Mapping, Sequence
from typing import Any

from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.dokument_pdf import PdfFeil, render_pdf

# Starting workers that know the fonts costs as much as this many pages.
FA_SIDER = 12


def set_pages(dokumenter: Sequence[Mapping[str, Any]], omgivelser: Omgivelser) -> list[bytes | PdfFeil]:
    """Each document as PDF, in the order given. One whose page cannot be set stops no other."""
    if len(dokumenter) > FA_SIDER:
        return omgivelser.sidesettere.render_many(dokumenter)
    return [_set_here(innhold) for innhold in dokumenter]


def _set_here(innhold: Mapping[str, Any]) -> bytes | PdfFeil:
    try:
        return render_pdf(innhold)
    except PdfFeil as feil:
        return feil
