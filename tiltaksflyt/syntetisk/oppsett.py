"""The set-up files of synthetic senders and of the test recipients, as the operator would write them."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from schemas.kontrakt import tabeller
from tiltaksflyt.syntetisk.arrangorer import FYLKESKONTORER, NAVENHETER, Arrangor
from tiltaksflyt.syntetisk.formater import Format

_SKJEMALINJE = "# yaml-language-server: $schema={}schemas/json/{}.schema.json\n"
_HELE_UKEN = ["man", "tir", "ons", "tor", "fre", "lor", "son"]
# An example: the demo writes its own port, key file and host key over it. The key below opens nothing; its private half
# was never kept.
STANDARD_SFTP: Mapping[str, Any] = {
    "vert": "127.0.0.1",
    "port": 2222,
    "bruker": "tiltaksflyt",
    "nokkelfil": "nokler/sftp_klient",
    "vertsnokkel": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILMJebqb8UF2UuEqqfHfiWtAKukjVyjQ5N9bdrx+Rv4O",
    "inn": "inn",
    "kvitteringer": "kvitteringer",
}


def sender_setup(arrangor: Arrangor, format_: Format, rapporterer_fra: date) -> dict[str, Any]:
    """One sender's set-up: a test sender that may report every category the contract has."""
    kategorier = {felt.personopplysning for tabell in tabeller().values() for felt in tabell.felter.values()}
    oppsett: dict[str, Any] = {
        "orgnr": arrangor.orgnr,
        "navn": arrangor.navn,
        "rapportererFra": rapporterer_fra.isoformat(),
    }
    if format_.profil is not None:
        navn, versjon = format_.profil
        oppsett["profil"] = {"navn": navn, "versjon": versjon}
    return oppsett | {
        "maalform": "nb",
        "innsending": {
            "kildesystem": arrangor.kildesystem,
            "omfang": "FULL",
            "modus": "TEST",
            "filnavn": rf"^eksport-[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\.{format_.endelse}$",
        },
        "roller": {
            "behandlingsansvarlig": "NAV",
            "databehandleravtale": {
                "referanse": f"TEST-{arrangor.orgnr}",
                "fra": (rapporterer_fra - timedelta(days=30)).isoformat(),
            },
            "underdatabehandlerGodkjent": (rapporterer_fra - timedelta(days=14)).isoformat(),
            "tillattePersonopplysninger": sorted(kategori for kategori in kategorier if kategori),
        },
        "adressebeskyttelse": "I_SYSTEMET",
    }


def recipients(sftp: Mapping[str, Any] = STANDARD_SFTP) -> dict[str, Any]:
    """The register of test recipients: a Nav-kontor in each fylke and the Nav fylke, all on one SFTP server."""
    kontorer = [_recipient(enhet, navn, fylke, sftp) for enhet, fylke, navn in sorted(NAVENHETER)]
    fylkeskontorer = [
        _recipient(enhet, navn, fylker[0], sftp) | {"fylkeskontorFor": list(fylker)}
        for enhet, fylker, navn in FYLKESKONTORER
    ]
    return {"mottakere": [*kontorer, *fylkeskontorer]}


def _recipient(enhet: str, navn: str, fylke: str, sftp: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "navEnhet": enhet,
        "navn": navn,
        "fylke": fylke,
        "test": True,
        "sertifikat": "sertifikater/mottaker.pem",
        "kanal": {"sftp": dict(sftp)},
        "vinduer": [{"dager": list(_HELE_UKEN), "fra": "00:00", "til": "23:59", "helligdager": True}],
    }


def write_sender_setup(arrangor: Arrangor, format_: Format, rapporterer_fra: date, katalog: Path) -> Path:
    """Write <katalog>/avsendere/<orgnr>.yaml. Returns the file."""
    fil = katalog / "avsendere" / f"{arrangor.orgnr}.yaml"
    fil.parent.mkdir(parents=True, exist_ok=True)
    fil.write_text(
        _as_yaml(sender_setup(arrangor, format_, rapporterer_fra), "../../../", "avsender"), encoding="utf-8"
    )
    return fil


def write_recipients(katalog: Path, sftp: Mapping[str, Any] = STANDARD_SFTP) -> Path:
    """Write <katalog>/mottakere.yaml. `sftp` are the settings of the one channel. Returns the file."""
    fil = katalog / "mottakere.yaml"
    katalog.mkdir(parents=True, exist_ok=True)
    fil.write_text(_as_yaml(recipients(sftp), "../../", "mottakere"), encoding="utf-8")
    return fil


def _as_yaml(innhold: Mapping[str, Any], rot: str, skjema: str) -> str:
    tekst = yaml.dump(dict(innhold), allow_unicode=True, sort_keys=False, default_flow_style=None, width=1000)
    return _SKJEMALINJE.format(rot, skjema) + tekst
