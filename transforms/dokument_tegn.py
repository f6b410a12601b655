"""Which characters the fonts hold, and a text made ready for the page.

A character without a glyph fails the whole PDF/A document, so it is printed as its code point, e.g. [U+10FFF], and
told (manglende_tegn). The fonts are the installed packages manimgx-fonts (Noto Sans of many scripts, symbols,
emoji) and cvttf-notosanscjk-regular; no font of the machine is used, so the bytes are the same everywhere.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

_FONTPAKKER = ("manimgx_fonts", "cvttf_NotoSansCJK_Regular")
_ENDELSER = frozenset({".ttf", ".otf"})
# Every character of these blocks is in Noto Sans itself (a test holds it): most texts need no look at the fonts.
_VANLIG = re.compile("[\n\x20-\x7e\u00a0-\u024f\u2010-\u2027]*")
_ORD = re.compile(r"[^\s\u200b]{30,}")
_DELER_ETTER = 10
# No ink of their own (Unicode: Default_Ignorable_Code_Point), so nothing is lost where no font knows them.
_USYNLIGE = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# These turn the order of what is read, or are refused by PDF/A. They are left out even where a font has them.
_UTELATT = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF})
# Private use, unassigned, and control characters: PDF/A refuses them even where a font has a glyph.
_NEKTET = frozenset({"Co", "Cn", "Cc"})


@cache
def fontkataloger() -> tuple[Path, ...]:
    """The folders of the installed font packages. Raises ModuleNotFoundError when one is not installed."""
    kataloger = []
    for pakke in _FONTPAKKER:
        spec = find_spec(pakke)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"the font package {pakke} is not installed; run make install")
        kataloger.append(Path(spec.origin).parent)
    return tuple(kataloger)


@cache
def coverage() -> frozenset[int]:
    """Every code point that one of the fonts has a glyph for and PDF/A-2a allows."""
    dekket: set[int] = set()
    for katalog in fontkataloger():
        for fil in sorted(katalog.iterdir()):
            if fil.suffix in _ENDELSER:
                with TTFont(fil, lazy=True) as font:
                    dekket |= font.getBestCmap().keys()
    nektet = {punkt for punkt in dekket if unicodedata.category(chr(punkt)) in _NEKTET}
    return frozenset(dekket - nektet - _UTELATT)


def _is_invisible(punkt: int) -> bool:
    return any(fra <= punkt <= til for fra, til in _USYNLIGE)


@cache
def _on_page(tegn: str) -> str:
    """What stands on the page for one character."""
    punkt = ord(tegn)
    if tegn == "\n" or punkt in coverage():
        return tegn
    if tegn.isspace():
        return " "
    return "" if _is_invisible(punkt) else f"[U+{punkt:04X}]"


def prepare(tekst: str) -> str:
    """A text with every character printable, and places to break in words too long for a column."""
    if not _VANLIG.fullmatch(tekst):
        tekst = "".join(map(_on_page, tekst))
    return _ORD.sub(_breakable, tekst)


def _breakable(treff: re.Match[str]) -> str:
    # Only between plain letters, digits and signs: a break inside a cluster would tear marks or joined emoji apart.
    ord_ = treff.group(0)
    deler = [ord_[start : start + _DELER_ETTER] for start in range(0, len(ord_), _DELER_ETTER)]
    return "\u200b".join(deler) if _VANLIG.fullmatch(ord_) else ord_


def texts(verdi: Any) -> Iterator[str]:  # noqa: ANN401  a document is JSON
    """Every text in a document."""
    if isinstance(verdi, str):
        yield verdi
    elif isinstance(verdi, Mapping):
        for under in verdi.values():
            yield from texts(under)
    elif isinstance(verdi, Sequence):
        for under in verdi:
            yield from texts(under)


def manglende_tegn(innhold: Mapping[str, Any]) -> tuple[str, ...]:
    """The code points in a document that no font holds, each once, as U+XXXX. Never the text around them."""
    tegn = {t for tekst in texts(innhold) if not _VANLIG.fullmatch(tekst) for t in tekst}
    return tuple(sorted(_on_page(t).strip("[]") for t in tegn if _on_page(t).startswith("[U+")))
