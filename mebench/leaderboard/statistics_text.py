"""The text of statistics as a document: JSON without a number that is none."""

from typing import Any

from mebench.documents import parsed_json
from mebench.errors import MebenchError


def statistics_document(data: bytes, where: str) -> dict[str, Any]:
    """Return the statistics of a file's bytes.

    Args:
        data: of the file.
        where: how an error names it.

    Raises:
        MebenchError: no JSON object, or NaN or infinity in it.
    """
    try:
        document = parsed_json(data, finite=True)
    except ValueError as error:  # no UTF-8, no JSON
        raise MebenchError(f"{where} is no JSON: {error}; write the statistics again") from error
    if not isinstance(document, dict):
        raise MebenchError(f"{where} holds no statistics: a JSON object is wanted; write the statistics again")
    return document
