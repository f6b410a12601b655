"""What is new in a document since the version before it: blocks and table rows are marked, sections are listed."""

from collections.abc import Mapping
from typing import Any

from transforms.dokument_blokker import Blokk, celle, liste, merknad
from transforms.dokument_tekster import Tekster

# These sum up the others, so a change in them says nothing of its own.
_SAMMENDRAG = frozenset({"KORT_FORTALT", "ENDRET"})


def mark_changes(innhold: Mapping[str, Any], forrige: Mapping[str, Any], tekster: Tekster) -> dict[str, Any]:
    """`innhold` with `endret` on every block and table row that `forrige` did not have.

    A dokumenttype whose template has the section ENDRET gets the list of sections that changed or fell away.
    """
    for_ = {seksjon["kode"]: seksjon for seksjon in forrige["seksjoner"]}
    seksjoner = [_mark_section(seksjon, for_.get(seksjon["kode"])) for seksjon in innhold["seksjoner"]]
    na = {seksjon["kode"] for seksjon in seksjoner}
    endrede = [seksjon for seksjon in seksjoner if _differs(seksjon, for_.get(seksjon["kode"]))]
    endrede += [seksjon for kode, seksjon in for_.items() if kode not in na]
    endrede = sorted((s for s in endrede if s["kode"] not in _SAMMENDRAG), key=lambda s: s["nummer"])
    for mal in tekster.seksjoner[innhold["hode"]["dokumenttype"]]:
        if mal.kode == "ENDRET":
            punkter = [celle(tekster.setning("endret_seksjon", **_name(s)), s["kode"]) for s in endrede]
            blokker = liste("endret", punkter) or merknad("endret", tekster.setning("ingen_endring"))
            seksjoner.append({"kode": mal.kode, "nummer": mal.nummer, "overskrift": mal.overskrift, "blokker": blokker})
    return {**innhold, "seksjoner": sorted(seksjoner, key=lambda seksjon: seksjon["nummer"])}


def _name(seksjon: Mapping[str, Any]) -> dict[str, Any]:
    return {"nummer": seksjon["nummer"], "overskrift": seksjon["overskrift"]}


def _differs(seksjon: Mapping[str, Any], gammel: Mapping[str, Any] | None) -> bool:
    if gammel is None:
        return True
    return [_unmarked(b) for b in seksjon["blokker"]] != [_unmarked(b) for b in gammel["blokker"]]


def _mark_section(seksjon: dict[str, Any], gammel: Mapping[str, Any] | None) -> dict[str, Any]:
    gamle = [_unmarked(blokk) for blokk in gammel["blokker"]] if gammel else []
    blokker = [blokk if _unmarked(blokk) in gamle else _mark_block(blokk, gamle) for blokk in seksjon["blokker"]]
    return {**seksjon, "blokker": blokker}


def _mark_block(blokk: Blokk, gamle: list[Blokk]) -> Blokk:
    merket = {**blokk, "endret": True}
    tidligere = next((g for g in gamle if (g["type"], g["kode"]) == (blokk["type"], blokk["kode"])), None)
    if blokk["type"] == "tabell" and tidligere is not None and tidligere["kolonner"] == blokk["kolonner"]:
        merket["rader"] = [rad if rad in tidligere["rader"] else {**rad, "endret": True} for rad in blokk["rader"]]
    return merket


def _unmarked(blokk: Blokk) -> Blokk:
    umerket = {navn: verdi for navn, verdi in blokk.items() if navn != "endret"}
    if umerket["type"] == "tabell":
        umerket["rader"] = [{navn: v for navn, v in rad.items() if navn != "endret"} for rad in umerket["rader"]]
    return umerket
