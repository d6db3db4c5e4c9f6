"""Money: accounts, statement lines, withdrawals, payments under four eyes, and the simulated bank's credits."""
