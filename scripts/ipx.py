"""`ipx`: the command line of companies, operators and auditors, with the commands that run a venue of one's own."""

from __future__ import annotations

from api.cli.app import app
from scripts.bench.command import app as bench
from scripts.demo.command import demo
from scripts.up import up

app.command()(up)
app.command()(demo)
app.add_typer(bench, name="bench")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
