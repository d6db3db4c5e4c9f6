"""The front door of first refusals 优先受让权."""
