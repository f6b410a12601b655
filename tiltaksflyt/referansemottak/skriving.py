"""Files that are written whole or not at all: nobody reads one half-written."""

import uuid
from pathlib import Path


def write_whole(fil: Path, innhold: bytes) -> None:
    """Write under another name, and rename."""
    delfil = fil.with_name(f"{fil.name}.{uuid.uuid4().hex}.part")
    delfil.write_bytes(innhold)
    delfil.replace(fil)
