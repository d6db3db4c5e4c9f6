"""The store: PostgreSQL tables, their migrations, and what is loaded from them at a start."""
