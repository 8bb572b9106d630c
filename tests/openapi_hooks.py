"""What schemathesis has to be told: how a body is sent that is the text of a query or an update."""

from __future__ import annotations

from typing import Any

import schemathesis

from allegiance.web.protocol import QUERY, UPDATE


@schemathesis.serializer(QUERY, UPDATE)
def as_text(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """The text as it is."""
    return str(value).encode("utf-8", "replace")
