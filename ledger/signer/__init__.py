"""The signer: a process of its own that holds the venue's keys and signs only what its policy knows."""
