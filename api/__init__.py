"""The front door: routes, streams, web pages, the Python client and the command line."""
