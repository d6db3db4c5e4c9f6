"""The front door of the evidence desk."""
