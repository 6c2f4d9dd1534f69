"""Write all that a newsroom published and wrote to one archive, for another installation to take over.

A zip of `tables/<name>.jsonl` (a JSON object a row), `media/<file>`, and, as the last member, `feedsvc-export.json`,
which tells a whole export from a part of one: it holds the SHA-256 of all the others.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from feedsvc.actions.backup_file import CHUNK_BYTES, part_of, said_plainly, sync_folder
from feedsvc.domain import address
from feedsvc.errors import FeedsvcError
from feedsvc.settings import Settings
from feedsvc.storage import archive
from feedsvc.storage.database import CODE, Database

FORMAT = 1
MANIFEST = "feedsvc-export.json"
TABLES = "tables/"
MEDIA = "media/"


@dataclass(frozen=True)
class Exported:
    """What was written: how many rows of each table, and the files of pictures that were not on disk."""

    counts: dict[str, int]
    missing: tuple[str, ...]


def export(database: Database, settings: Settings, file: Path, overwrite: bool = False) -> Exported:
    """Write the newsroom as it is at one moment to `file`, whole or not at all; only this user may read it.

    Accounts, settings and secrets are not in it. Pictures are on disk before the database knows of them and never
    changed, so those that it knows of at that moment are there. Raises `FeedsvcError`.
    """
    if not file.parent.is_dir():
        raise FeedsvcError(f"There is no folder {file.parent}. Make it, or name another file for the export.")
    if file.exists() and not overwrite:
        raise FeedsvcError(f"{file} is there already. Name another file, or overwrite it with --force.")
    if file.exists() and not zipfile.is_zipfile(file):
        raise FeedsvcError(f"{file} is no export, so it is not overwritten. Name another file.")
    with said_plainly("The export was not made", file), part_of(file, "export") as (part, output):
        exported = _write(database, settings, output)
        output.flush()
        os.fsync(output.fileno())
        part.replace(file)
        sync_folder(file.parent)
    return exported


def _write(database: Database, settings: Settings, output: IO[bytes]) -> Exported:
    made = database.clock()
    sums: dict[str, str] = {}
    counts: dict[str, int] = {}
    files: list[str] = []
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        with database.read() as connection:
            schema, counters = archive.schema(connection), archive.counters(connection)
            for name in archive.tables():
                counts[name], digest = 0, hashlib.sha256()
                with packed.open(f"{TABLES}{name}.jsonl", "w", force_zip64=True) as member:
                    for row in archive.rows(connection, name):
                        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
                        digest.update(line)
                        member.write(line)
                        counts[name] += 1
                        if name == "pictures":
                            files += _files(row)
                sums[f"{TABLES}{name}.jsonl"] = digest.hexdigest()
        missing = []
        for name in files:
            try:
                sums[MEDIA + name] = _pack(packed, MEDIA + name, settings.media / name)
            except FileNotFoundError:
                missing.append(name)
        manifest = {
            "format": FORMAT,
            "made": made.isoformat(),
            "code": CODE,
            "schema": schema,
            "counts": counts,
            "counters": counters,
            "left_out": [table.name for table in archive.LEFT_OUT],
            "missing": missing,
            "files": sums,
        }
        packed.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return Exported(counts, tuple(missing))


def _files(row: dict[str, Any]) -> Iterator[str]:
    yield address.picture_file(row["key"], row["media_type"])
    if row["small_width"] is not None:
        yield address.picture_file(row["key"], row["media_type"], is_small=True)


def _pack(packed: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    # Not compressed: pictures are already.
    member = zipfile.ZipInfo(name)
    with path.open("rb") as source, packed.open(member, "w", force_zip64=True) as target:
        while read := source.read(CHUNK_BYTES):
            digest.update(read)
            target.write(read)
    return digest.hexdigest()
