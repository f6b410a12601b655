"""Word lists that tell what a free text may reveal, and the question they answer about one word.

A list is data (schemas/ordlister/<name>-v<version>.yaml). It is asked about words, not texts: a text has few words
that no other has, so a drop is asked about some thousand words whatever its size.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, UgyldigFil, load

ORDLISTER = SCHEMAS / "ordlister"
_INGEN: frozenset[str] = frozenset()
_ALDRI = re.compile(r"(?!)")


@dataclass(frozen=True)
class Ordliste:
    """One list. `personopplysning` gives each category its code in the kodeverk, None where no agreement has one."""

    navn: str
    personopplysning: Mapping[str, str | None]
    alle: re.Pattern[str]
    monstre: Mapping[str, re.Pattern[str]]
    unntak: Mapping[str, re.Pattern[str]]

    def kategorier(self, ord_: str) -> frozenset[str]:
        """The categories that a word (what stands between two blanks of a text) points to."""
        ord_ = ord_.lower()
        if self.alle.search(ord_) is None:
            return _INGEN
        return frozenset(kategori for kategori in self.monstre if self._points_to(kategori, ord_))

    def _points_to(self, kategori: str, ord_: str) -> bool:
        return self.monstre[kategori].search(self.unntak[kategori].sub(" ", ord_)) is not None


@cache
def ordliste(navn: str) -> Ordliste:
    """A word list by name and version, such as «saerlige-kategorier-v1». Raises UgyldigFil."""
    fil = ORDLISTER / f"{navn}.yaml"
    innhold = load(fil, "ordliste")
    if navn != f"{innhold['ordliste']}-v{innhold['versjon']}":
        raise UgyldigFil(fil, "ordliste", "the file name says another name or version")
    kategorier = innhold["kategorier"]
    for kategori, del_ in kategorier.items():
        if del_["personopplysning"] not in (None, *kodeverk("personopplysning").koder):
            raise UgyldigFil(fil, f"kategorier.{kategori}", "names no code of the list personopplysning")
    return Ordliste(
        navn=navn,
        personopplysning=MappingProxyType({navn: del_["personopplysning"] for navn, del_ in kategorier.items()}),
        alle=_one_of(del_ for kategori in kategorier.values() for del_ in _spell(kategori)),
        monstre=MappingProxyType({navn: _one_of(_spell(del_)) for navn, del_ in kategorier.items()}),
        unntak=MappingProxyType(
            {navn: _one_of(_word(ord_) for ord_ in del_.get("unntak", ())) for navn, del_ in kategorier.items()}
        ),
    )


def _spell(kategori: Mapping[str, list[str]]) -> Iterator[str]:
    yield from (_word(ord_) for ord_ in kategori["ord"])
    yield from (re.escape(kode).replace(r"\#", "[0-9]") for kode in kategori.get("koder", ()))


def _word(ord_: str) -> str:
    return "".join(r"\w*" if tegn == "*" else re.escape(tegn) for tegn in ord_)


def _one_of(deler: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words that are one of these; one that fits nothing where there are none."""
    skrevet = "|".join(deler)
    return re.compile(rf"(?<!\w)(?:{skrevet})(?!\w|\.[0-9])") if skrevet else _ALDRI
