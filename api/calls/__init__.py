"""The client's side of the wire: transport with bounded retries, signed commands, acknowledgements, reading."""
