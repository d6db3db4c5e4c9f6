"""The front door of deposits: money kept for absent co-owners and pledgees."""
