"""`/docs`: the interface on one page, made from the OpenAPI description, without a script or a style from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse


def page(app: FastAPI) -> HTMLResponse:
    """Every route with its words and the codes of the problems that it can answer."""
    described = app.openapi()
    rows = [
        _row(method, path, operation)
        for path, methods in sorted(described["paths"].items())
        for method, operation in sorted(methods.items())
    ]
    title = escape(described["info"]["title"])
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        '<p>Machine-readable: <a href="/openapi.json">openapi.json</a>. '
        'Rules and problems: <a href="/v1/rulebook">rulebook</a>.</p>'
        "<table><thead><tr><th>Route<th>What it does<th>Problems</thead><tbody>"
        f"{''.join(rows)}</tbody></table></html>"
    )


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    words = operation.get("description") or operation.get("summary", "")
    codes = ", ".join(
        f'<a href="/v1/rulebook/{escape(code)}">{escape(code)}</a>' for code in operation["x-problem-codes"]
    )
    return f"<tr><td><code>{method.upper()} {escape(path)}</code><td>{escape(words)}<td>{codes}"
