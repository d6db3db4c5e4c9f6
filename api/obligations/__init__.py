"""The front door of what falls due after a deal took effect: payments, royalty reports, inspections."""
