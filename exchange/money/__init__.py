"""Money: integer minor units of a currency, and the double-entry accounts that hold them."""
