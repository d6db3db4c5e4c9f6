"""The journal as a public log, for anybody: checkpoints, tiles and proofs."""
