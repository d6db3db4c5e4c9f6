"""The rulebook: one file a body of law, one small function a rule, each with its citation and stable code."""
