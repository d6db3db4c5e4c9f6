"""Deals: one transition table a kind, from award to settlement or to the way out."""
