"""Reads one workbook and writes its sheets as JSON; a process of its own, because a damaged file can abort the reader.

python-calamine is native code: one flipped byte in an `.xls` can ask it for 128 GiB, and a failed allocation ends the
process, which no `except` can catch. Here that is the end of a child only. Run as a script, never imported by others.
"""

import datetime
import io
import json
import math
import resource
import sys
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

MEMORY = 2 << 30
"""Bytes of address space; the reader needs 32 for a cell of the used range."""

EXACT = 2.0**53
"""Floats below it hold every whole number."""


def plain(value: Any) -> str | int | float | bool | None:
    """Return a cell as JSON has it: whole floats as int, blank text as None, dates and what is not finite as text."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    if isinstance(value, bool | int):
        return value
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def opened(path: str) -> CalamineWorkbook:
    """Return the workbook; its suffix tells what it is, or else its content (only the former notices passwords)."""
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except (CalamineError, OSError):  # OSError: the reader knows no path that is not UTF-8
        return CalamineWorkbook.from_filelike(io.BytesIO(Path(path).read_bytes()))


def sheets(path: str, most: int) -> dict[str, Any]:
    """Return `{"sheets": [[name, rows], ...]}` of the work sheets; `{"error": cause}` for more than `most` cells."""
    found: list[tuple[str, list[list[Any]]]] = []
    left = most
    with opened(path) as book:
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            left -= sheet.total_height * sheet.total_width
            if left < 0:
                return {"error": f"more than {most} cells in its sheets"}
            rows = sheet.to_python(skip_empty_area=False)
            found.append((meta.name, [[plain(cell) for cell in row] for row in rows]))
    return {"sheets": found}


def answer(path: str, most: int) -> dict[str, Any]:
    """Return what `sheets` returns; the reader's own errors become a cause."""
    try:
        return sheets(path, most)
    except PasswordError:
        return {"error": "it is protected by a password"}
    except (CalamineError, OSError) as error:
        return {"error": f"it is damaged or no workbook ({error})"}


def main() -> None:
    """Limit the memory, read the workbook of the command line (path, most cells), write JSON."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard < 0 else min(MEMORY, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    json.dump(answer(sys.argv[1], int(sys.argv[2])), sys.stdout)


if __name__ == "__main__":
    main()
