"""Deal bundles and certificates: what a court needs of one deal, as far as the asker may see it."""
