"""The front door of legal holds."""
