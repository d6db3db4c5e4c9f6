"""The embedded servers and the application's processes: how they start, stop and recover on one machine."""
