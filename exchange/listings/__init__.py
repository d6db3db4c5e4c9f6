"""Listings: how an offer of a right comes to the floor, stands there and ends."""
