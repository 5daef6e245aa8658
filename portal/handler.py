"""Where a request enters Django."""

import re
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def without_charset(content_type: str) -> str:
    return CHARSET.sub("", content_type)


class Handler(WSGIHandler):
    """Django's own, to which no body says in which characters it is: our pages send nothing but UTF-8.

    Django reads the address anew where a body says it, before anything that could answer an address that
    can't be read.
    """

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["CONTENT_TYPE"] = without_charset(environ.get("CONTENT_TYPE", ""))
        return super().__call__(environ, start_response)
