"""One recipient, read from the register as the operator writes it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.oppsett import Mottaker, load_mottakere


def read_recipient(katalog: Path, kanal: Mapping[str, Any], **endret: Any) -> Mottaker:
    """The recipient 0315 with this channel. Raises UgyldigFil."""
    rad = {
        "navEnhet": "0315",
        "navn": "Nav Eksempel",
        "fylke": "03",
        "test": True,
        "sertifikat": "mottaker.pem",
        "kanal": dict(kanal),
        "vinduer": [{"dager": ["man"], "fra": "08:00", "til": "16:00"}],
    }
    fil = katalog / "mottakere.yaml"
    fil.write_text(json.dumps({"mottakere": [rad | endret]}), encoding="utf-8")
    (mottaker,) = load_mottakere(fil).values()
    return mottaker
