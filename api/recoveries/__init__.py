"""Lost keys: a recovery proposed by an operator, vetoed by the live key, and looked at by both."""
