"""The front door of checks: what would bar a listing, all at once, without an entry in the journal."""
