"""The front door of demand 供需对接: technology needs, and what matches them."""
