"""The proof: an append-only chain of certificates that says that something went, not what."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from warehouse.registry.retention_tables import certificates

GENESIS: Final = "0" * 64
KEY_FILE: Final = "token.key"
HEAD_FILE: Final = "head.json"


@dataclass(frozen=True)
class Certificate:
    """One link: a document of tokens and counts, bound to the one before it."""

    sequence: int
    item_token: str
    plan_digest: str
    document: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Head:
    """Length of the chain and hash of its last link, kept elsewhere to tell a cut tail."""

    length: int
    hash: str


class Notary:
    """Makes tokens with the installation's own key. Without the key nobody can try names out."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / KEY_FILE
        if not path.exists():
            arriving = path.with_name(f"{KEY_FILE}.{os.getpid()}")
            arriving.touch(mode=0o600)
            arriving.write_bytes(secrets.token_bytes(32))
            arriving.replace(path)
        self._key = path.read_bytes()

    def token(self, word: str) -> str:
        """Return what stands for a word: the same each time, and nothing to anybody else."""
        return hmac.new(self._key, word.encode(), hashlib.sha256).hexdigest()


def read_chain(tx: Connection) -> list[Certificate]:
    """Return all certificates, oldest first."""
    query = select(certificates).order_by(certificates.c.sequence)
    return [Certificate(**row) for row in tx.execute(query).mappings()]


def append(
    tx: Connection, item_token: str, plan_digest: str, told: Mapping[str, Any]
) -> Certificate:
    """Write the next link of the chain within a transaction."""
    last = select(certificates.c.sequence, certificates.c.hash)
    link = tx.execute(last.order_by(certificates.c.sequence.desc()).limit(1)).first()
    previous, sequence = (link.hash, link.sequence + 1) if link else (GENESIS, 1)
    document = json.dumps(dict(told), sort_keys=True, ensure_ascii=False)
    made = Certificate(
        sequence,
        item_token,
        plan_digest,
        document,
        previous,
        _hash(sequence, item_token, plan_digest, document, previous),
    )
    tx.execute(insert(certificates).values(**vars(made)))
    return made


def faults(chain: Sequence[Certificate], heads: Sequence[Head]) -> list[str]:
    """Return what is wrong with a chain: an edit, a drop, a swap, or a tail that was cut."""
    found, previous = [], GENESIS
    for number, link in enumerate(chain, 1):
        if link.sequence != number:
            found.append(f"certificate {number} is missing or out of its place")
        if link.previous_hash != previous:
            found.append(f"certificate {link.sequence} does not follow the one before it")
        if link.hash != _hash(
            link.sequence, link.item_token, link.plan_digest, link.document, link.previous_hash
        ):
            found.append(f"certificate {link.sequence} was changed")
        previous = link.hash
    for head in heads:
        kept = chain[head.length - 1].hash if 0 < head.length <= len(chain) else GENESIS
        if head.length > len(chain):
            found.append(f"{head.length - len(chain)} certificates were cut off the end")
        elif kept != head.hash:
            found.append(f"certificate {head.length} is another one than was noted elsewhere")
    return found


def head_of(chain: Sequence[Certificate]) -> Head:
    """Return what to note elsewhere."""
    return Head(len(chain), chain[-1].hash if chain else GENESIS)


def write_head(head: Head, folder: Path) -> None:
    """Note the head of the chain in a folder, by replacing the file whole."""
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f"{HEAD_FILE}.{os.getpid()}"
    arriving.write_text(json.dumps(vars(head)), encoding="utf-8")
    arriving.replace(folder / HEAD_FILE)


def read_heads(folders: Sequence[Path]) -> list[Head]:
    """Return the heads that were noted."""
    noted = [folder / HEAD_FILE for folder in folders]
    return [Head(**json.loads(path.read_text(encoding="utf-8"))) for path in noted if path.exists()]


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
