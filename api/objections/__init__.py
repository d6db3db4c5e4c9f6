"""The front door of objections to listings in public notice."""
