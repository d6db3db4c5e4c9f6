"""Deals: what to sign and in which words, signatures, escrow, filing, delivery, unwinding; and licences."""
