"""Bids: placed, amended, withdrawn (the hot path), accepted, and looked up."""
