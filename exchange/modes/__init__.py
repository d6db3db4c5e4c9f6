"""Trading modes: one file each, one interface (`mode.Mode`). A mode decides how price and buyer are found."""
