"""The simulated other sides: a bank and a patent office, each a process of its own spoken to over HTTP.

They stand in for institutions that no demonstration can have, and say so in everything that they send out:
`"simulated": true`, and 演示数据 · DEMO on every page and paper. They keep their state in SQLite, sign with
keys of their own, and can be told to misbehave in known, repeatable ways.
"""

MARKING = "演示数据 · DEMO"
