"""What a stranger needs to use a settled epoch's tables: columns, types, units, keys, licence, digests of the files.

A Frictionless data package. It stands beside a report and its stages and is no part of them: nothing that is voted on,
signed or compared depends on it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.words.quantities import to_hex
from settlement.rules.epoch.read_report import Report
from settlement.rules.epoch.stage_words import ADDRESS_BYTES, LAYOUTS

PACKAGE_FILE = "datapackage.json"
LICENCE = "CC0-1.0"
"""Of the data: what a chain says, and what follows from it."""
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_LICENCES = [{"name": LICENCE, "path": "https://creativecommons.org/publicdomain/zero/1.0/", "title": "CC0 1.0"}]
_TITLES = {
    "aggregates": "work, tasks and stakes of an epoch, by app and account, and its bonus pools",
    "deposits": "bonus deposits of an epoch and what went back of them",
    "amounts": "what an epoch pays, by token, account, app and role",
    "leaves": "what every account is owed of every token since the first epoch, after this one",
}
_KEYS = {
    "aggregates": ["kind", "app", "account"],
    "deposits": ["app", "token", "account"],
    "amounts": ["token", "account", "app", "role"],
    "leaves": ["account", "token"],
}
_CODES = {
    "kind": "0 app: circuit size, users' stake; 1 miner: work, stake; 2 user: tasks, stake; 3 app: its work, "
    "miners' stake; 4 app: its tasks, users' stake; 5 bonus pool, account is the token: deposited, returned; "
    "6 app: stake of all miners",
    "role": "0 miner, 1 user, 2 bonus returned, 3 correction, 4 opening balance",
}
_X = "milli-gates (gates x thousandths of alpha), a count of tasks where kind is 2 or 4, base units where it is 5"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """How long a file is, and the sha256 of its bytes."""

    size: int
    sha256: bytes


def digest_bytes(content: bytes) -> FileDigest:
    """Return the digest of what a file holds."""
    return FileDigest(len(content), hashlib.sha256(content).digest())


def data_package(report: Report, files: Mapping[str, FileDigest]) -> bytes:
    """Return the manifest of an epoch's report and files, as JSON.

    The same for the same bytes: it holds no time, path or version.
    """
    content = report.content
    package = {
        "$schema": _PROFILE,
        "name": f"pozk-{content['chain_id']}-{content['distributor']}-epoch-{report.epoch}",
        "title": f"Epoch {report.epoch} of a network of proof of ZK work",
        "description": "Addresses are 20 bytes; amounts are integers of base units, exact, at most 38 digits.",
        "licenses": _LICENCES,
        "epoch": str(report.epoch),
        "chain_id": content["chain_id"],
        "distributor": content["distributor"],
        "root": to_hex(report.root),
        "report_hash": to_hex(report.hash),
        "resources": [_resource(name, files[name], content) for name in sorted(files)],
    }
    return (json.dumps(package, indent=1, sort_keys=True) + "\n").encode("ascii")


def table_columns(stage: str) -> list[dict[str, Any]]:
    """Return the columns of a stage's table: name, type, what it holds, and in which unit."""
    return [_field(name, width) for name, width in LAYOUTS[stage]]


def column_meanings(stage: str) -> dict[str, str]:
    """Return what each column of a stage's table holds, in words."""
    return {
        each["name"]: f"{each['description']}; {each['unit']}" if each["unit"] else each["description"]
        for each in table_columns(stage)
    }


def _resource(name: str, file: FileDigest, report: Mapping[str, Any]) -> dict[str, Any]:
    stage, _, ending = name.partition(".")
    found: dict[str, Any] = {
        "name": stage,
        "path": name,
        "bytes": file.size,
        "hash": f"sha256:{file.sha256.hex()}",
    }
    if ending != "parquet":
        title = "the report as it is voted on: canonical JSON; its keccak256 is report_hash"
        return found | {"format": "json", "mediatype": "application/json", "title": title}
    said = report["stages"][stage]
    return found | {
        "type": "table",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "title": _TITLES[stage],
        "rows": said["count"],
        "rows_sha256": said["sha256"],
        "schema": {"fields": table_columns(stage), "primaryKey": _KEYS[stage]},
    }


def _field(name: str, width: int) -> dict[str, Any]:
    if width == ADDRESS_BYTES:
        return {"name": name, "type": "string", "format": "binary", "description": "an address, 20 bytes", "unit": ""}
    if width == 1:
        return {"name": name, "type": "integer", "description": _CODES[name], "unit": ""}
    unit = _X if name == "x" else "base units of the token"
    return {"name": name, "type": "integer", "description": "an exact integer, DECIMAL(38, 0)", "unit": unit}
