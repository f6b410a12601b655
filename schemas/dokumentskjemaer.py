"""The schemas of the documents as files: `python -m schemas.dokumentskjemaer` writes them anew.

They are made of schemas/dokumentform.yaml and the code lists; a test holds the files to what this gives.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from schemas.dokument_jsonskjema import make_json_schemas
from schemas.dokument_xsd import make_xsd
from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS


def make_files() -> Mapping[Path, bytes]:
    """Every schema file of the documents, by its path under schemas/. Raises UgyldigFil for a faulty form."""
    form = dokumentform()
    filer = {Path("xsd") / navn: innhold for navn, innhold in make_xsd(form).items()}
    for navn, skjema in make_json_schemas(form).items():
        tekst = json.dumps(skjema, ensure_ascii=False, indent=2) + "\n"
        filer[Path("json") / f"{navn}.schema.json"] = tekst.encode()
    return filer


def main() -> None:
    """Write every file."""
    for sti, innhold in make_files().items():
        (SCHEMAS / sti).write_bytes(innhold)


if __name__ == "__main__":
    main()
