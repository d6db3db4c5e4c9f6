"""How the venue stands: journal, chain, index, evidence, as everybody may see it."""
