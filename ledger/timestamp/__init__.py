"""The time-stamping authority (RFC 3161): a process of its own that says when it saw a digest, and nothing else.

It knows nothing of the venue and belongs on somebody else's machine. What a venue's operator runs for itself proves
nothing against the operator; a real authority takes its place by one setting. `verifying` needs nothing of this folder
or any other: whoever holds a token, what it was made over and the authority's certificate can check it with that alone.
"""
