"""Small plots as inline SVG, in the page's own colours. What they show stands as text beside them."""

from collections.abc import Sequence

_BREDDE, _HOYDE, _KANT, _BUNN = 340, 150, 30, 26
_LINJER = (0, 25, 50, 75, 100)


def bar(prosent: float | None, apen: bool) -> str:
    """A bar on a scale from 0 to 100, hollow when `apen`; an empty scale where the figure is hidden."""
    stolpe = "" if prosent is None else f'<rect class="{"apen" if apen else "fylt"}" width="{prosent:g}" height="10"/>'
    return (
        '<svg class="soyle" aria-hidden="true" focusable="false" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<rect class="skala" width="100" height="10"/>{stolpe}</svg>'
    )


def strip(prosenter: Sequence[float]) -> str:
    """A stroke for each of several on a scale from 0 to 100, with the middle marked."""
    streker = "".join(f'<rect class="strek" x="{verdi - 0.3:g}" width="0.6" height="10"/>' for verdi in prosenter)
    return (
        '<svg class="soyle stripe" aria-hidden="true" focusable="false" viewBox="-1 0 102 10" '
        'preserveAspectRatio="none"><rect class="skala" width="100" height="10"/>'
        f'<rect class="midt" x="49.9" width="0.2" height="10"/>{streker}</svg>'
    )


def line_chart(punkter: Sequence[tuple[str, float]], tekst: str) -> str:
    """Percentages over time, at least two; `tekst` says the same in words."""
    steg = (_BREDDE - 2 * _KANT) / (len(punkter) - 1)
    steder = [(_KANT + nummer * steg, _y(verdi)) for nummer, (_, verdi) in enumerate(punkter)]
    akser = "".join(
        f'<line class="rutenett" x1="{_KANT}" x2="{_BREDDE - _KANT}" y1="{_y(verdi):g}" y2="{_y(verdi):g}"/>'
        f'<text x="{_KANT - 5}" y="{_y(verdi) + 4:g}" text-anchor="end">{verdi}</text>'
        for verdi in _LINJER
    )
    navn = "".join(
        f'<text x="{x:g}" y="{_HOYDE - 6}" text-anchor="middle">{punkter[nummer][0]}</text>'
        for nummer, (x, _) in enumerate(steder)
        if nummer % max(1, -(-len(steder) // 4)) == 0 or nummer == len(steder) - 1
    )
    prikker = "".join(f'<circle class="prikk" cx="{x:g}" cy="{y:g}" r="3"/>' for x, y in steder)
    linje = " ".join(f"{x:g},{y:g}" for x, y in steder)
    return (
        f'<svg class="utvikling" role="img" aria-label="{tekst}" viewBox="0 0 {_BREDDE} {_HOYDE}">'
        f'{akser}{navn}<polyline class="kurve" points="{linje}"/>{prikker}</svg>'
    )


def _y(prosent: float) -> float:
    return round(_HOYDE - _BUNN - (_HOYDE - _BUNN - 8) * prosent / 100, 1)
