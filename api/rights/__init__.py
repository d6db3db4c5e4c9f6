"""Rights: import, routes and schemas."""
