"""The front door of market surveillance."""
