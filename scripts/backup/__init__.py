"""Backup and restore of a venue's database: base backups, the write-ahead log behind them, and back to a moment."""
