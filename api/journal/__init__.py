"""The journal as its readers may see it, what came off the chain, and the audit's verdict."""
